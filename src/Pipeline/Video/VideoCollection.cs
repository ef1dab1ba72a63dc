using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>
/// The videos to train on. A file that is named must be good, or its sentence is thrown; in a folder whatever is no
/// good video is left out and listed in <see cref="LeftOut"/>. Immutable.
/// </summary>
public sealed class VideoCollection
{
    private readonly HashSet<string> named;
    private readonly (double Begin, double End) part;

    private VideoCollection(
        IReadOnlyList<VideoInfo> videos, HashSet<string> named, IReadOnlyList<(string Path, string Reason)> leftOut, (double Begin, double End) part)
    {
        Videos = videos;
        LeftOut = leftOut;
        this.named = named;
        this.part = part;
    }

    public IReadOnlyList<VideoInfo> Videos { get; }

    /// <summary>The same videos, of which the rest of each may be used, from where this collection's part ends; null where there is none.</summary>
    public VideoCollection? HeldOut => part.End < 1 ? new(Videos, named, LeftOut, (part.End, 1)) : null;

    /// <summary>Files of folders that are no videos or cannot be used, with the reason as a sentence.</summary>
    public IReadOnlyList<(string Path, string Reason)> LeftOut { get; }

    /// <summary>Seconds of video that may be used, over all videos.</summary>
    public double TotalSeconds => Videos.Sum(UsableSeconds);

    /// <summary>Opens every file once and decodes its first and its last frame.</summary>
    /// <param name="paths">
    /// Videos; folders of pictures, each a video; folders of both, which count with their subfolders in the order of the names; and lists
    /// (.txt) of such paths, one a line, from the list's own folder where they are relative.
    /// </param>
    /// <param name="options">Threads and limits; the default when null.</param>
    /// <param name="share">The leading share of each video to use, above 0 and up to 1.</param>
    /// <exception cref="UserException">
    /// No path was given; a path is missing; a named file is empty, cut off, damaged or no video; a folder has no video.
    /// </exception>
    public static VideoCollection Open(IReadOnlyList<string> paths, VideoReaderOptions? options = null, double share = 1)
    {
        if (!(share > 0 && share <= 1))
            throw new UserException($"The share of a video to use is {share}; it must be above 0 and at most 1.");
        if (paths.Count == 0)
            throw VideoErrors.NothingGiven();
        List<VideoInfo> videos = [];
        HashSet<string> named = [];
        List<(string Path, string Reason)> leftOut = [];
        foreach (string path in paths.SelectMany(Expand))
        {
            if (Directory.Exists(path) && !PictureFolderReader.Holds(path))
            {
                OpenFolder(path, options, videos, leftOut);
            }
            else
            {
                videos.Add(Inspect(path, options));
                named.Add(path);
            }
        }
        return new VideoCollection([.. videos.DistinctBy(video => Path.GetFullPath(video.Path))], named, leftOut, (0, share));
    }

    /// <summary>Sees to it that clips of this shape can be drawn.</summary>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="spacingSeconds">From one frame's time to the next.</param>
    /// <exception cref="UserException">A named video, or every video, is shorter than one clip.</exception>
    public void RequireClips(int frames, double spacingSeconds)
    {
        foreach (VideoInfo video in Videos)
        {
            if (named.Contains(video.Path) && StartSpan(video, frames, spacingSeconds) <= 0)
                throw VideoErrors.TooShort(video.Path, UsableSeconds(video), frames, spacingSeconds);
        }
        if (Videos.All(video => StartSpan(video, frames, spacingSeconds) <= 0))
            throw VideoErrors.AllTooShort(Videos.Count, Videos.Max(UsableSeconds), frames, spacingSeconds);
    }

    /// <summary>
    /// Maps a number to a clip, so that a uniform number gives a start that is uniform over all times, of all videos, at
    /// which a clip may start: it must lie within the part of its video that may be used.
    /// </summary>
    /// <param name="u">From 0 to below 1.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="spacingSeconds">From one frame's time to the next.</param>
    /// <exception cref="UserException">As <see cref="RequireClips"/>, where no video is long enough.</exception>
    public ClipTimes Choose(double u, int frames, double spacingSeconds)
    {
        if (!(u >= 0 && u < 1))
            throw new ArgumentOutOfRangeException(nameof(u), u, "must be at least 0 and below 1");
        double total = Videos.Sum(video => StartSpan(video, frames, spacingSeconds));
        if (total <= 0)
            throw VideoErrors.AllTooShort(Videos.Count, Videos.Max(UsableSeconds), frames, spacingSeconds);
        double start = u * total;
        int chosen = 0;
        for (int video = 0; video < Videos.Count; video++)
        {
            double span = StartSpan(Videos[video], frames, spacingSeconds);
            if (span <= 0)
                continue;
            chosen = video;
            if (start < span)
                break;
            start -= span;
        }
        // Rounding may carry the start past the last video's span.
        start = Math.Min(start, StartSpan(Videos[chosen], frames, spacingSeconds));
        start += Videos[chosen].DurationSeconds * part.Begin;
        return new ClipTimes(chosen, [.. Enumerable.Range(0, frames).Select(frame => start + frame * spacingSeconds)]);
    }

    private double UsableSeconds(VideoInfo video) => video.DurationSeconds * (part.End - part.Begin);

    /// <summary>The length of the stretch in which a clip may start.</summary>
    private double StartSpan(VideoInfo video, int frames, double spacingSeconds) =>
        Math.Max(0, UsableSeconds(video) - (frames - 1) * spacingSeconds);

    /// <summary>A list's lines, any other path itself.</summary>
    private static IEnumerable<string> Expand(string path)
    {
        if (!path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || !File.Exists(path))
            return [path];
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<string> listed = [];
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            string entry = lines[i].Trim();
            if (entry.Length == 0)
                continue;
            string full = Path.Combine(folder, entry);
            listed.Add(File.Exists(full) || Directory.Exists(full) ? full : throw VideoErrors.BadListLine(path, i + 1, entry));
        }
        return listed.Count > 0 ? listed : throw VideoErrors.EmptyList(path);
    }

    private static void OpenFolder(
        string folder, VideoReaderOptions? options, List<VideoInfo> videos, List<(string Path, string Reason)> leftOut)
    {
        int before = videos.Count;
        string[] pictureFolders = [.. Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Where(PictureFolderReader.Holds)];
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !pictureFolders.Contains(Path.GetDirectoryName(file)));
        foreach (string file in files.Concat(pictureFolders).Order(StringComparer.Ordinal))
        {
            try
            {
                videos.Add(Inspect(file, options));
            }
            catch (UserException exception)
            {
                leftOut.Add((file, exception.Message));
            }
        }
        if (videos.Count == before)
            throw VideoErrors.NoVideos(folder);
    }

    /// <summary>Opens a video and looks whether it can be read up to where its header says that it ends.</summary>
    private static VideoInfo Inspect(string path, VideoReaderOptions? options)
    {
        using IFrameSequence reader = FrameSources.Open(path, options);
        double declared = reader.Info.DurationSeconds;
        double readable = reader.FindLastFrame() + 1 / reader.Info.FramesPerSecond;
        // The last frame may stand still for a while, and sound may outlast the picture.
        double tolerance = Math.Max(1, declared / 10);
        if (readable < declared - tolerance && !reader.SoundReaches(declared))
            throw VideoErrors.CutOff(path, declared, readable);
        return reader.Info with { DurationSeconds = Math.Min(declared, readable) };
    }
}
