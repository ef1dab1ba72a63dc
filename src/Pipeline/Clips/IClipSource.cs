using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>Where clips come from. Threads share it.</summary>
public interface IClipSource
{
    /// <summary>The video and the frames' times of the clip at a place.</summary>
    /// <param name="place">In [0, 1): share of all times at which a clip may start.</param>
    ClipTimes Choose(double place);

    /// <summary>What to call a video in a message.</summary>
    /// <param name="video">As <see cref="Choose"/> said.</param>
    string NameOf(int video);

    /// <summary>A reader for one thread.</summary>
    IClipReader Open();
}

/// <summary>Reads frames for one thread.</summary>
public interface IClipReader : IDisposable
{
    /// <summary>The frame that is shown at a time; the caller disposes it, perhaps after the reader, but before the source.</summary>
    /// <param name="video">As <see cref="IClipSource.Choose"/> said.</param>
    /// <param name="seconds">From the video's first frame.</param>
    VideoFrame Read(int video, double seconds);
}
