namespace FFmpeg.AutoGen;

/// <summary>
/// Where fields lie in FFmpeg's structures, in bytes, for 64-bit Linux (x86-64 and arm64 agree). FFmpeg keeps these
/// fixed within a major version and moves them between majors.
/// Source: <c>offsetof</c> compiled against the public headers of FFmpeg 5.1.9, 6.1.0 and 7.1.1.
/// Fields that never moved in these versions stand as constants beside their structure.
/// </summary>
internal sealed record FieldOffsets
{
    public required int FormatStartTime { get; init; }
    public required int FormatDuration { get; init; }
    public required int FormatInterruptCallback { get; init; }
    public required int StreamCodecParameters { get; init; }
    public required int StreamTimeBase { get; init; }
    public required int StreamStartTime { get; init; }
    public required int StreamDuration { get; init; }
    public required int StreamFrames { get; init; }
    public required int StreamDisposition { get; init; }
    public required int StreamDiscard { get; init; }
    public required int StreamAverageFrameRate { get; init; }
    public required int StreamRealFrameRate { get; init; }
    public required int ParametersFormat { get; init; }
    public required int ParametersWidth { get; init; }
    public required int ParametersHeight { get; init; }
    public required int FrameBuffers { get; init; }
    public required int FrameInterlaced { get; init; }
    public required int FrameFlags { get; init; }
    public required int FrameColorRange { get; init; }
    public required int FrameColorPrimaries { get; init; }
    public required int FrameColorTransfer { get; init; }
    public required int FrameColorSpace { get; init; }
    public required int FrameBestEffortTimestamp { get; init; }
    public required int FrameDecodeErrorFlags { get; init; }
    public required int CodecTimeBase { get; init; }
    public required int CodecPacketTimeBase { get; init; }

    /// <summary>FFmpeg 5: libavformat 59, libavcodec 59, libavutil 57.</summary>
    private static readonly FieldOffsets Version5 = new()
    {
        FormatStartTime = 64,
        FormatDuration = 72,
        FormatInterruptCallback = 200,
        StreamCodecParameters = 208,
        StreamTimeBase = 16,
        StreamStartTime = 24,
        StreamDuration = 32,
        StreamFrames = 40,
        StreamDisposition = 48,
        StreamDiscard = 52,
        StreamAverageFrameRate = 72,
        StreamRealFrameRate = 200,
        ParametersFormat = 28,
        ParametersWidth = 56,
        ParametersHeight = 60,
        FrameBuffers = 224,
        FrameInterlaced = 188,
        FrameFlags = 316,
        FrameColorRange = 320,
        FrameColorPrimaries = 324,
        FrameColorTransfer = 328,
        FrameColorSpace = 332,
        FrameBestEffortTimestamp = 344,
        FrameDecodeErrorFlags = 376,
        CodecTimeBase = 100,
        CodecPacketTimeBase = 724,
    };

    /// <summary>FFmpeg 6: libavformat 60, libavcodec 60, libavutil 58.</summary>
    private static readonly FieldOffsets Version6 = Version5 with
    {
        StreamCodecParameters = 16,
        StreamTimeBase = 32,
        StreamStartTime = 40,
        StreamDuration = 48,
        StreamFrames = 56,
        StreamDisposition = 64,
        StreamDiscard = 68,
        StreamAverageFrameRate = 88,
        StreamRealFrameRate = 216,
        CodecPacketTimeBase = 716,
    };

    /// <summary>FFmpeg 7: libavformat 61, libavcodec 61, libavutil 59.</summary>
    private static readonly FieldOffsets Version7 = Version6 with
    {
        FormatStartTime = 96,
        FormatDuration = 104,
        FormatInterruptCallback = 216,
        ParametersFormat = 44,
        ParametersWidth = 72,
        ParametersHeight = 76,
        FrameBuffers = 200,
        FrameInterlaced = 180,
        FrameFlags = 292,
        FrameColorRange = 296,
        FrameColorPrimaries = 300,
        FrameColorTransfer = 304,
        FrameColorSpace = 308,
        FrameBestEffortTimestamp = 320,
        FrameDecodeErrorFlags = 344,
        CodecTimeBase = 84,
        CodecPacketTimeBase = 92,
    };

    /// <summary>The offsets of the loaded libraries.</summary>
    public static readonly FieldOffsets Loaded = Of(DoRA.Pipeline.Video.FFmpegLibraries.Load().FormatMajor);

    /// <summary>
    /// The offsets that go with a major version of libavformat; only those of
    /// <see cref="DoRA.Pipeline.Video.FFmpegRelease.Known"/> occur.
    /// </summary>
    public static FieldOffsets Of(int formatMajor) => formatMajor switch
    {
        59 => Version5,
        60 => Version6,
        61 => Version7,
        _ => throw new ArgumentOutOfRangeException(nameof(formatMajor), formatMajor, "no offsets are known for this libavformat"),
    };
}
