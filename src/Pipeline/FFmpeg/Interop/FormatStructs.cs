using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

// Structures of libavformat, always met through pointers: a field is a property that reads memory at the loaded
// version's offset, so that `stream->time_base` is written as with FFmpeg.AutoGen.

internal unsafe struct AVFormatContext
{
    public AVInputFormat* iformat => *(AVInputFormat**)At(8);

    public AVIOContext* pb
    {
        get => *(AVIOContext**)At(32);
        set => *(AVIOContext**)At(32) = value;
    }

    public uint nb_streams => *(uint*)At(44);

    public AVStream** streams => *(AVStream***)At(48);

    public long start_time => *(long*)At(FieldOffsets.Loaded.FormatStartTime);

    public long duration => *(long*)At(FieldOffsets.Loaded.FormatDuration);

    public AVIOInterruptCB interrupt_callback
    {
        set => *(AVIOInterruptCB*)At(FieldOffsets.Loaded.FormatInterruptCallback) = value;
    }

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

internal unsafe struct AVStream
{
    public AVCodecParameters* codecpar => *(AVCodecParameters**)At(FieldOffsets.Loaded.StreamCodecParameters);

    public AVRational time_base
    {
        get => *(AVRational*)At(FieldOffsets.Loaded.StreamTimeBase);
        set => *(AVRational*)At(FieldOffsets.Loaded.StreamTimeBase) = value;
    }

    public long start_time => *(long*)At(FieldOffsets.Loaded.StreamStartTime);

    public long duration => *(long*)At(FieldOffsets.Loaded.StreamDuration);

    public long nb_frames => *(long*)At(FieldOffsets.Loaded.StreamFrames);

    public int disposition => *(int*)At(FieldOffsets.Loaded.StreamDisposition);

    public AVDiscard discard
    {
        set => *(AVDiscard*)At(FieldOffsets.Loaded.StreamDiscard) = value;
    }

    public AVRational avg_frame_rate => *(AVRational*)At(FieldOffsets.Loaded.StreamAverageFrameRate);

    public AVRational r_frame_rate => *(AVRational*)At(FieldOffsets.Loaded.StreamRealFrameRate);

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

internal struct AVIOContext;

internal struct AVOutputFormat;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVInputFormat
{
    public byte* name;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVIndexEntry
{
    public long pos;
    public long timestamp;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVIOInterruptCB_callback_func
{
    public nint Pointer;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVIOInterruptCB
{
    public AVIOInterruptCB_callback_func callback;
    public void* opaque;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVRational
{
    public int num;
    public int den;
}
