using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

internal unsafe struct AVFrame
{
    public byte** data => (byte**)At(0);

    public int* linesize => (int*)At(64);

    public int width
    {
        get => *(int*)At(104);
        set => *(int*)At(104) = value;
    }

    public int height
    {
        get => *(int*)At(108);
        set => *(int*)At(108) = value;
    }

    public int format
    {
        get => *(int*)At(116);
        set => *(int*)At(116) = value;
    }

    public long pts
    {
        get => *(long*)At(136);
        set => *(long*)At(136) = value;
    }

    public AVBufferRef** buf => (AVBufferRef**)At(FieldOffsets.Loaded.FrameBuffers);

    public int interlaced_frame => *(int*)At(FieldOffsets.Loaded.FrameInterlaced);

    public int flags => *(int*)At(FieldOffsets.Loaded.FrameFlags);

    public int decode_error_flags => *(int*)At(FieldOffsets.Loaded.FrameDecodeErrorFlags);

    public AVColorPrimaries color_primaries => *(AVColorPrimaries*)At(FieldOffsets.Loaded.FrameColorPrimaries);

    public AVColorTransferCharacteristic color_trc => *(AVColorTransferCharacteristic*)At(FieldOffsets.Loaded.FrameColorTransfer);

    public AVColorRange color_range => *(AVColorRange*)At(FieldOffsets.Loaded.FrameColorRange);

    public AVColorSpace colorspace => *(AVColorSpace*)At(FieldOffsets.Loaded.FrameColorSpace);

    public long best_effort_timestamp => *(long*)At(FieldOffsets.Loaded.FrameBestEffortTimestamp);

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVBufferRef
{
    public void* buffer;
    public byte* data;
    public ulong size;
}

[StructLayout(LayoutKind.Sequential)]
internal struct av_buffer_create_free_func
{
    public nint Pointer;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVComponentDescriptor
{
    public int plane;
    public int step;
    public int offset;
    public int shift;
    public int depth;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVComponentDescriptor4
{
    private readonly AVComponentDescriptor first;
    private readonly AVComponentDescriptor second;
    private readonly AVComponentDescriptor third;
    private readonly AVComponentDescriptor fourth;

    public readonly AVComponentDescriptor this[uint index] => index switch
    {
        0 => first,
        1 => second,
        2 => third,
        _ => fourth,
    };
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVPixFmtDescriptor
{
    public byte* name;
    public byte nb_components;
    public byte log2_chroma_w;
    public byte log2_chroma_h;
    public ulong flags;
    public AVComponentDescriptor4 comp;
}

internal struct SwsContext;

internal struct SwsFilter;

internal struct AVDictionary;

internal unsafe struct int_array4
{
    public fixed int values[4];
}

internal unsafe struct int_array8
{
    public fixed int values[8];
}
