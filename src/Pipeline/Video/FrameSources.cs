using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Opens whatever holds frames.</summary>
internal static class FrameSources
{
    /// <summary>A reader of a video file or of a folder of pictures.</summary>
    /// <exception cref="UserException">As <see cref="VideoReader"/> and <see cref="PictureFolderReader"/>.</exception>
    public static IFrameSequence Open(string path, VideoReaderOptions? options = null, FramePool? pool = null) =>
        Directory.Exists(path) ? new PictureFolderReader(path, options, pool) : new VideoReader(path, options, pool);
}
