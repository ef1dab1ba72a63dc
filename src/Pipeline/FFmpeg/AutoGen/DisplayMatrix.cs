using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>The matrix that turns a stream's pictures, as libavformat 61 keeps it.</summary>
internal static unsafe class DisplayMatrix
{
    /// <summary>Nine integers, or null where the stream has none.</summary>
    public static int* Of(AVStream* stream)
    {
        AVCodecParameters* parameters = stream->codecpar;
        AVPacketSideData* found = ffmpeg.av_packet_side_data_get(
            parameters->coded_side_data, parameters->nb_coded_side_data, AVPacketSideDataType.AV_PKT_DATA_DISPLAYMATRIX);
        return found == null ? null : (int*)found->data;
    }
}
