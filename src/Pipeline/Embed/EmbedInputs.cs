using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Embed;

/// <summary>
/// Pictures, videos, and folders of both, in order; frames of a video every so many seconds. A file that is named must be good; in a folder,
/// with its subfolders, what is neither picture nor video is left out.
/// </summary>
internal sealed class EmbedInputs
{
    private readonly double _every;
    private readonly Dictionary<string, double> _durations = [];
    private readonly List<string> _files = [];

    /// <param name="every">Seconds from one frame of a video to the next.</param>
    /// <param name="leftOut">Told of what a folder holds and cannot be used, with the reason.</param>
    /// <exception cref="UserException">A path is missing, a named file is no video, or there is nothing to embed.</exception>
    public EmbedInputs(IReadOnlyList<string> paths, double every, Action<string> leftOut)
    {
        if (!(every > 0 && double.IsFinite(every)))
        {
            throw new UserException($"--every is {every}; give seconds above 0.");
        }

        _every = every;
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                AddFolder(path, leftOut);
            }
            else
            {
                Add(path);
            }
        }

        if (_files.Count == 0)
        {
            throw new UserException($"{string.Join(", ", paths)} holds no picture and no video.");
        }
    }

    /// <summary>The files, pictures and videos.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>How many pictures and frames there are; a video may turn out to have a few less.</summary>
    public int Count => _files.Sum(file => _durations.TryGetValue(file, out double seconds) ? FramesOf(seconds) : 1);

    /// <summary>Everything in order, a video's frames as they are decoded.</summary>
    public IEnumerable<Embeddable> All(CenterCrop crop)
    {
        for (int i = 0; i < _files.Count; i++)
        {
            string file = _files[i];
            if (_durations.TryGetValue(file, out double seconds))
            {
                foreach (Embeddable frame in Frames(i, file, seconds, crop))
                {
                    yield return frame;
                }
            }
            else
            {
                yield return new(i, null, () => crop.Apply(RgbImage.Load(file)));
            }
        }
    }

    private IEnumerable<Embeddable> Frames(int source, string file, double seconds, CenterCrop crop)
    {
        using CpuDevice device = new();
        using VideoReader reader = new(file);
        for (int i = 0; i < FramesOf(seconds); i++)
        {
            using VideoFrame frame = reader.Read(i * _every);
            RgbImage picture = crop.Apply(FramePictures.Whole(device, frame));
            yield return new(source, frame.Seconds, () => picture);
        }
    }

    private int FramesOf(double seconds) => Math.Max(1, (int)Math.Ceiling((seconds / _every) - 1e-9));

    private void AddFolder(string folder, Action<string> leftOut)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                Add(file);
            }
            catch (UserException error)
            {
                leftOut($"{file} is left out: {error.Message}");
            }
        }
    }

    private void Add(string file)
    {
        if (ImageFolder.IsPicture(file))
        {
            RgbImage.RequirePicture(file);
        }
        else
        {
            _durations[file] = VideoCollection.Open([file]).Videos[0].DurationSeconds;
        }

        _files.Add(file);
    }
}
