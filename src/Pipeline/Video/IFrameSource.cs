using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Frames of one video by time. Whether threads may share it says each implementation.</summary>
public interface IFrameSource : IDisposable
{
    VideoInfo Info { get; }

    /// <summary>The damaged spans met so far.</summary>
    DamagedSpans Damage { get; }

    /// <summary>
    /// The frame shown at a time: the last one that starts no later. Before the first frame it is the first, after
    /// the end the last. Where the video is damaged it is the last good one before. The caller disposes it.
    /// </summary>
    /// <param name="seconds">From the first frame's start. Half a millisecond before a frame's start already means that frame.</param>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    VideoFrame Read(double seconds);
}
