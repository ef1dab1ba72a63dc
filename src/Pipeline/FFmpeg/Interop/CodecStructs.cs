using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

internal unsafe struct AVCodecParameters
{
    public AVMediaType codec_type
    {
        get => *(AVMediaType*)At(0);
        set => *(AVMediaType*)At(0) = value;
    }

    public AVCodecID codec_id
    {
        get => *(AVCodecID*)At(4);
        set => *(AVCodecID*)At(4) = value;
    }

    public int format
    {
        set => *(int*)At(FieldOffsets.Loaded.ParametersFormat) = value;
    }

    public int width
    {
        get => *(int*)At(FieldOffsets.Loaded.ParametersWidth);
        set => *(int*)At(FieldOffsets.Loaded.ParametersWidth) = value;
    }

    public int height
    {
        get => *(int*)At(FieldOffsets.Loaded.ParametersHeight);
        set => *(int*)At(FieldOffsets.Loaded.ParametersHeight) = value;
    }

    /// <summary>Libavformat 61 only: before, a stream carries its side data itself.</summary>
    public AVPacketSideData* coded_side_data => *(AVPacketSideData**)At(32);

    /// <summary>Libavformat 61 only.</summary>
    public int nb_coded_side_data => *(int*)At(40);

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

internal unsafe struct AVCodecContext
{
    public void* opaque
    {
        get => *(void**)At(48);
        set => *(void**)At(48) = value;
    }

    public AVCodecContext_get_buffer2_func get_buffer2
    {
        set => *(AVCodecContext_get_buffer2_func*)At(408) = value;
    }

    public AVRational time_base
    {
        set => *(AVRational*)At(FieldOffsets.Loaded.CodecTimeBase) = value;
    }

    public AVRational pkt_timebase
    {
        set => *(AVRational*)At(FieldOffsets.Loaded.CodecPacketTimeBase) = value;
    }

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AVCodecContext_get_buffer2_func
{
    public nint Pointer;
}

[StructLayout(LayoutKind.Explicit)]
internal unsafe struct AVCodec
{
    [FieldOffset(0)] public byte* name;
    [FieldOffset(20)] public AVCodecID id;
    [FieldOffset(24)] public int capabilities;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVPacketSideData
{
    public byte* data;
    public ulong size;
    public AVPacketSideDataType type;
}

[StructLayout(LayoutKind.Explicit)]
internal unsafe struct AVPacket
{
    [FieldOffset(8)] public long pts;
    [FieldOffset(16)] public long dts;
    [FieldOffset(24)] public byte* data;
    [FieldOffset(32)] public int size;
    [FieldOffset(36)] public int stream_index;
    [FieldOffset(40)] public int flags;
    [FieldOffset(64)] public long duration;
    [FieldOffset(72)] public long pos;
}
