using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>A reference of our own to memory that FFmpeg counts the references of.</summary>
internal sealed unsafe class BufferReference : SafeHandle
{
    /// <param name="counted">Somebody's reference, which stays theirs.</param>
    public BufferReference(AVBufferRef* counted) : base(0, ownsHandle: true) => SetHandle((nint)ffmpeg.av_buffer_ref(counted));

    /// <summary>Whether FFmpeg had no memory for one more.</summary>
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        AVBufferRef* reference = (AVBufferRef*)handle;
        ffmpeg.av_buffer_unref(&reference);
        return true;
    }
}
