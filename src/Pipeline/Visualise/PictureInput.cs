using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Visualise;

/// <summary>The pictures to draw over: one picture, or frames of a video or of a folder of them, at even times.</summary>
internal sealed class PictureInput : IDisposable
{
    private const double UsualEvery = 0.1;
    private readonly string _path;
    private readonly double _from;
    private readonly IFrameSequence? _frames;
    private readonly CpuDevice? _device;

    /// <param name="path">A picture, a video, or a folder of pictures that are a video's frames.</param>
    /// <param name="from">The first frame's time in seconds.</param>
    /// <param name="seconds">Until which time after that one to go.</param>
    /// <param name="every">Seconds from one frame to the next; null for a tenth of a second, or for every picture of a folder.</param>
    /// <exception cref="UserException">There is no such file, it is neither picture nor video, or it ends before the first frame.</exception>
    public PictureInput(string path, double from, double seconds, double? every)
    {
        (_path, _from, Every) = (path, from, every ?? UsualEvery);
        if (!(from >= 0 && seconds > 0 && Every > 0 && double.IsFinite(from + seconds + Every)))
        {
            throw new UserException($"--from is {from}, --seconds {seconds} and --every {Every}; give 0 or more to --from, more than 0 to the others.");
        }

        if (ImageFolder.IsPicture(path))
        {
            RgbImage.RequirePicture(path);
            Count = 1;
            return;
        }

        _frames = FrameSources.Open(path);
        _device = new();
        Every = every is null && Directory.Exists(path) ? 1 / _frames.Info.FramesPerSecond : Every;
        double left = _frames.Info.DurationSeconds - from;
        if (!(left > 0))
        {
            Dispose();
            throw new UserException($"{path} lasts {_frames.Info.DurationSeconds:f1} s, so no frame begins at --from {from}; give less.");
        }

        Count = Math.Max(1, (int)Math.Ceiling((Math.Min(seconds, left) / Every) - 1e-9));
    }

    /// <summary>True for frames of a video, false for one picture.</summary>
    public bool IsFilm => _frames is not null;

    public int Count { get; }

    /// <summary>Seconds from one frame to the next.</summary>
    public double Every { get; }

    /// <summary>One of them, upright and in full size.</summary>
    public RgbImage At(int index)
    {
        if (_frames is null)
        {
            return RgbImage.Load(_path);
        }

        using VideoFrame frame = _frames.Read(_from + (index * Every));
        return FramePictures.Whole(_device!, frame);
    }

    /// <summary>All in order.</summary>
    public IEnumerable<RgbImage> All() => Enumerable.Range(0, Count).Select(At);

    public void Dispose()
    {
        _frames?.Dispose();
        _device?.Dispose();
    }
}
