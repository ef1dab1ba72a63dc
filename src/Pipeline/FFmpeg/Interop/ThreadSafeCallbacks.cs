using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>What a decoder must be told before its threads ask for buffers side by side: from libavcodec 60 on they always do.</summary>
internal static unsafe class ThreadSafeCallbacks
{
    // Of AVCodecContext.thread_safe_callbacks, which exists in libavcodec 59 only.
    private const int Offset = 648;

    public static void Promise(AVCodecContext* codec)
    {
        if (FFmpegLibraries.Load().FormatMajor < 60)
            *(int*)((byte*)codec + Offset) = 1;
    }
}
