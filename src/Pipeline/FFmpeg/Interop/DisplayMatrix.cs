using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Where a stream keeps the matrix that turns its pictures: it moved with libavformat 61.</summary>
internal static unsafe class DisplayMatrix
{
    /// <summary>Nine integers, or null where the stream has none.</summary>
    public static int* Of(AVStream* stream)
    {
        const AVPacketSideDataType kind = AVPacketSideDataType.AV_PKT_DATA_DISPLAYMATRIX;
        if (FFmpegLibraries.Load().FormatMajor < 61)
            return (int*)ffmpeg.av_stream_get_side_data(stream, kind, null);
        AVCodecParameters* parameters = stream->codecpar;
        AVPacketSideData* found = ffmpeg.av_packet_side_data_get(parameters->coded_side_data, parameters->nb_coded_side_data, kind);
        return found == null ? null : (int*)found->data;
    }
}
