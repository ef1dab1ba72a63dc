namespace FFmpeg.AutoGen;

// FFmpeg's own names and values; only those in use.
#pragma warning disable CA1712 // FFmpeg's names begin with the enum's name.

internal enum AVMediaType
{
    AVMEDIA_TYPE_VIDEO = 0,
    AVMEDIA_TYPE_AUDIO = 1,
}

internal enum AVCodecID
{
    AV_CODEC_ID_NONE = 0,
    AV_CODEC_ID_MPEG2VIDEO = 2,
    AV_CODEC_ID_MJPEG = 7,
    AV_CODEC_ID_MPEG4 = 12,
    AV_CODEC_ID_H264 = 27,
    AV_CODEC_ID_PNG = 61,
}

internal enum AVPixelFormat
{
    AV_PIX_FMT_NONE = -1,
}

internal enum AVColorRange
{
    AVCOL_RANGE_UNSPECIFIED = 0,
    AVCOL_RANGE_MPEG = 1,
    AVCOL_RANGE_JPEG = 2,
}

internal enum AVColorPrimaries
{
}

internal enum AVColorTransferCharacteristic
{
    AVCOL_TRC_SMPTE2084 = 16,
    AVCOL_TRC_ARIB_STD_B67 = 18,
}

internal enum AVColorSpace
{
    AVCOL_SPC_RGB = 0,
    AVCOL_SPC_BT709 = 1,
    AVCOL_SPC_UNSPECIFIED = 2,
    AVCOL_SPC_FCC = 4,
    AVCOL_SPC_BT470BG = 5,
    AVCOL_SPC_SMPTE170M = 6,
    AVCOL_SPC_SMPTE240M = 7,
    AVCOL_SPC_BT2020_NCL = 9,
    AVCOL_SPC_BT2020_CL = 10,
}

internal enum AVDiscard
{
    AVDISCARD_DEFAULT = 0,
    AVDISCARD_ALL = 48,
}

internal enum AVPacketSideDataType
{
    AV_PKT_DATA_DISPLAYMATRIX = 5,
}
