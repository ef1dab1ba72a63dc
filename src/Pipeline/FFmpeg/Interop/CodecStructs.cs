using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

internal unsafe struct AVCodecParameters
{
    public AVMediaType codec_type => *(AVMediaType*)At(0);

    public AVCodecID codec_id => *(AVCodecID*)At(4);

    public int width => *(int*)At(FieldOffsets.Loaded.ParametersWidth);

    public int height => *(int*)At(FieldOffsets.Loaded.ParametersHeight);

    /// <summary>Libavformat 61 only: before, a stream carries its side data itself.</summary>
    public AVPacketSideData* coded_side_data => *(AVPacketSideData**)At(32);

    /// <summary>Libavformat 61 only.</summary>
    public int nb_coded_side_data => *(int*)At(40);

    private byte* At(int offset) => (byte*)Unsafe.AsPointer(ref this) + offset;
}

internal unsafe struct AVCodecContext
{
    public AVRational pkt_timebase
    {
        set => *(AVRational*)((byte*)Unsafe.AsPointer(ref this) + FieldOffsets.Loaded.CodecPacketTimeBase) = value;
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AVCodec
{
    public byte* name;
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
