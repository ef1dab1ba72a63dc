using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>What a decoder must be told before its threads ask for buffers side by side: nothing in the package's release.</summary>
internal static unsafe class ThreadSafeCallbacks
{
    public static void Promise(AVCodecContext* codec) => _ = codec;
}
