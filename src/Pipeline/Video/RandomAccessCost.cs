using System.Diagnostics;

namespace DoRA.Pipeline.Video;

/// <summary>What it costs to read a video's frames in no order.</summary>
internal static class RandomAccessCost
{
    /// <summary>Decoding must be able to give so many times the clips that training takes: it shares the machine with it.</summary>
    public const double Margin = 2;

    private const int Samples = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Seconds that a frame takes on one thread: the mean over frames spread over the video.</summary>
    /// <exception cref="Kernels.UserException">As <see cref="IFrameSource.Read"/>.</exception>
    public static double SecondsOfAFrame(VideoInfo video, VideoReaderOptions options)
    {
        using IFrameSequence reader = FrameSources.Open(video.Path, options);
        Stopwatch clock = Stopwatch.StartNew();
        int read = 0;
        while (read < Samples && clock.Elapsed < Patience)
        {
            // The golden section spreads any number of them, and none follows another.
            reader.Read(video.DurationSeconds * (++read * 0.618034 % 1)).Dispose();
        }

        return clock.Elapsed.TotalSeconds / read;
    }
}
