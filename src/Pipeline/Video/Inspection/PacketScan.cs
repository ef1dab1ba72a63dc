using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>What a container says of its pictures without any being decoded.</summary>
/// <param name="KeyFrames">Packets that can be decoded by themselves.</param>
/// <param name="KeyTimes">Seconds at which those of them that have a time are shown, in order, on the file's own clock.</param>
/// <param name="Unstamped">Packets without a time.</param>
/// <param name="Backwards">Packets whose time of decoding is before that of the packet before.</param>
/// <param name="Repeated">Packets shown at the time of another.</param>
/// <param name="CutByEditList">Packets that are decoded but not shown, as an edit list says.</param>
internal sealed record PacketScan(long KeyFrames, IReadOnlyList<double> KeyTimes, long Unstamped, long Backwards, long Repeated, long CutByEditList)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Reads all packets of a file.</summary>
    /// <exception cref="Kernels.UserException">As <see cref="VideoFile"/>.</exception>
    public static PacketScan Of(string path, CancellationToken cancellation)
    {
        Watchdog watchdog = new(Patience);
        using NativeCalls calls = new(watchdog, () => { });
        PacketScan? scan = null;
        calls.Run(() => scan = Read(path, watchdog, cancellation), () => VideoErrors.Hung(path, 0));
        return scan!;
    }

    private static unsafe PacketScan Read(string path, Watchdog watchdog, CancellationToken cancellation)
    {
        using VideoFile file = new(path, watchdog);
        List<double> keys = [];
        HashSet<long> shown = [];
        long keyFrames = 0, unstamped = 0, backwards = 0, repeated = 0, cut = 0, lastDecoded = long.MinValue;
        AVPacket* packet = ffmpeg.av_packet_alloc();
        try
        {
            while (file.Read(packet) >= 0)
            {
                watchdog.Restart();
                cancellation.ThrowIfCancellationRequested();
                if (packet->stream_index == file.StreamIndex)
                {
                    long time = VideoFile.TimeOf(packet);
                    bool isCut = (packet->flags & ffmpeg.AV_PKT_FLAG_DISCARD) != 0;
                    cut += isCut ? 1 : 0;
                    unstamped += time == ffmpeg.AV_NOPTS_VALUE ? 1 : 0;
                    repeated += time != ffmpeg.AV_NOPTS_VALUE && !shown.Add(time) ? 1 : 0;
                    backwards += packet->dts != ffmpeg.AV_NOPTS_VALUE && packet->dts < lastDecoded ? 1 : 0;
                    lastDecoded = packet->dts != ffmpeg.AV_NOPTS_VALUE ? packet->dts : lastDecoded;
                    bool isKey = (packet->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0;
                    keyFrames += isKey ? 1 : 0;
                    if (isKey && time != ffmpeg.AV_NOPTS_VALUE)
                        keys.Add(time * file.Tick);
                }
                ffmpeg.av_packet_unref(packet);
            }
        }
        finally
        {
            ffmpeg.av_packet_free(&packet);
        }
        keys.Sort();
        return new(keyFrames, keys, unstamped, backwards, repeated, cut);
    }
}
