using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

/// <summary>
/// The functions of FFmpeg's libraries that are used here, with the names and parameters that the package
/// FFmpeg.AutoGen gives them. Which library files are loaded: <see cref="DoRA.Pipeline.Video.FFmpegLibraries"/>.
/// </summary>
internal static unsafe partial class ffmpeg
{
    public const int AV_LOG_QUIET = -8;
    public const int AV_CODEC_CAP_DR1 = 1 << 1;
    public const int AV_INPUT_BUFFER_PADDING_SIZE = 64;
    public const int AV_OPT_SEARCH_CHILDREN = 1;
    public const int AVIO_FLAG_WRITE = 2;
    public const int AV_PKT_FLAG_KEY = 1;
    public const int AV_PKT_FLAG_CORRUPT = 2;
    public const int AV_PKT_FLAG_DISCARD = 4;
    public const int AV_FRAME_FLAG_CORRUPT = 1;
    public const int AV_DISPOSITION_ATTACHED_PIC = 1 << 10;
    public const int AVSEEK_FLAG_BACKWARD = 1;
    public const int AVSEEK_FLAG_ANY = 4;
    public const int AV_PIX_FMT_FLAG_BE = 1 << 0;
    public const int AV_PIX_FMT_FLAG_PAL = 1 << 1;
    public const int AV_PIX_FMT_FLAG_BITSTREAM = 1 << 2;
    public const int AV_PIX_FMT_FLAG_RGB = 1 << 5;
    public const int AV_PIX_FMT_FLAG_FLOAT = 1 << 9;
    public const int SWS_BICUBIC = 4;
    public const int SWS_AREA = 0x20;
    public const int SWS_ACCURATE_RND = 0x40000;
    public const int SWS_CS_ITU709 = 1;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;

    public static readonly long AV_NOPTS_VALUE = long.MinValue;
    public static readonly int AVERROR_EOF = ErrorTag("EOF ");
    public static readonly int AVERROR_EXIT = ErrorTag("EXIT");
    public static readonly int AVERROR_INVALIDDATA = ErrorTag("INDA");

    static ffmpeg() => NativeLibrary.SetDllImportResolver(
        typeof(ffmpeg).Assembly, (name, _, _) => DoRA.Pipeline.Video.FFmpegLibraries.Handle(name));

    /// <summary>FFmpeg's error of an errno, which it negates.</summary>
    public static int AVERROR(int error) => -error;

    [LibraryImport("avutil")]
    public static partial void av_log_set_level(int level);

    [LibraryImport("avutil")]
    public static partial int av_strerror(int errnum, byte* errbuf, ulong errbuf_size);

    [LibraryImport("avutil", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int av_opt_set(void* obj, string name, string val, int search_flags);

    [LibraryImport("avutil")]
    public static partial AVFrame* av_frame_alloc();

    [LibraryImport("avutil")]
    public static partial void av_frame_free(AVFrame** frame);

    [LibraryImport("avutil")]
    public static partial int av_frame_ref(AVFrame* dst, AVFrame* src);

    [LibraryImport("avutil")]
    public static partial void av_frame_unref(AVFrame* frame);

    [LibraryImport("avutil")]
    public static partial int av_frame_get_buffer(AVFrame* frame, int align);

    [LibraryImport("avutil")]
    public static partial AVBufferRef* av_buffer_create(byte* data, ulong size, av_buffer_create_free_func free, void* opaque, int flags);

    [LibraryImport("avutil")]
    public static partial AVBufferRef* av_buffer_ref(AVBufferRef* buf);

    [LibraryImport("avutil")]
    public static partial void av_buffer_unref(AVBufferRef** buf);

    [LibraryImport("avutil")]
    public static partial AVPixFmtDescriptor* av_pix_fmt_desc_get(AVPixelFormat pix_fmt);

    [LibraryImport("avutil")]
    public static partial int av_pix_fmt_count_planes(AVPixelFormat pix_fmt);

    [LibraryImport("avutil", StringMarshalling = StringMarshalling.Utf8)]
    public static partial AVPixelFormat av_get_pix_fmt(string name);

    [LibraryImport("avutil", EntryPoint = "av_color_primaries_name")]
    private static partial byte* PrimariesName(AVColorPrimaries primaries);

    public static string? av_color_primaries_name(AVColorPrimaries primaries) => Marshal.PtrToStringUTF8((nint)PrimariesName(primaries));

    [LibraryImport("avutil", EntryPoint = "av_color_transfer_name")]
    private static partial byte* TransferName(AVColorTransferCharacteristic transfer);

    public static string? av_color_transfer_name(AVColorTransferCharacteristic transfer) => Marshal.PtrToStringUTF8((nint)TransferName(transfer));

    [LibraryImport("avformat")]
    public static partial uint avformat_version();

    [LibraryImport("avformat")]
    public static partial AVFormatContext* avformat_alloc_context();

    [LibraryImport("avformat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int avformat_open_input(AVFormatContext** ps, string url, AVInputFormat* fmt, AVDictionary** options);

    [LibraryImport("avformat")]
    public static partial int avformat_find_stream_info(AVFormatContext* ic, AVDictionary** options);

    [LibraryImport("avformat")]
    public static partial void avformat_close_input(AVFormatContext** s);

    [LibraryImport("avformat")]
    public static partial int av_read_frame(AVFormatContext* s, AVPacket* pkt);

    [LibraryImport("avformat")]
    public static partial int av_seek_frame(AVFormatContext* s, int stream_index, long timestamp, int flags);

    [LibraryImport("avformat")]
    public static partial AVIndexEntry* avformat_index_get_entry_from_timestamp(AVStream* st, long wanted_timestamp, int flags);

    [LibraryImport("avformat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int avformat_alloc_output_context2(AVFormatContext** ctx, AVOutputFormat* oformat, string? format_name, string? filename);

    [LibraryImport("avformat")]
    public static partial AVStream* avformat_new_stream(AVFormatContext* s, AVCodec* c);

    [LibraryImport("avformat")]
    public static partial int avformat_write_header(AVFormatContext* s, AVDictionary** options);

    [LibraryImport("avformat")]
    public static partial int av_write_frame(AVFormatContext* s, AVPacket* pkt);

    [LibraryImport("avformat")]
    public static partial int av_write_trailer(AVFormatContext* s);

    [LibraryImport("avformat")]
    public static partial void avformat_free_context(AVFormatContext* s);

    [LibraryImport("avformat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int avio_open(AVIOContext** s, string url, int flags);

    [LibraryImport("avformat")]
    public static partial int avio_closep(AVIOContext** s);

    /// <summary>Libavformat 59 and 60.</summary>
    [LibraryImport("avformat")]
    public static partial byte* av_stream_get_side_data(AVStream* stream, AVPacketSideDataType type, ulong* size);

    [LibraryImport("avcodec")]
    public static partial AVPacket* av_packet_alloc();

    [LibraryImport("avcodec")]
    public static partial void av_packet_free(AVPacket** pkt);

    [LibraryImport("avcodec")]
    public static partial void av_packet_unref(AVPacket* pkt);

    /// <summary>Libavcodec 61.</summary>
    [LibraryImport("avcodec")]
    public static partial AVPacketSideData* av_packet_side_data_get(AVPacketSideData* sd, int nb_sd, AVPacketSideDataType type);

    [LibraryImport("avcodec")]
    public static partial AVCodec* avcodec_find_decoder(AVCodecID id);

    [LibraryImport("avcodec", StringMarshalling = StringMarshalling.Utf8)]
    public static partial AVCodec* avcodec_find_encoder_by_name(string name);

    [LibraryImport("avcodec", EntryPoint = "avcodec_get_name")]
    private static partial byte* CodecName(AVCodecID id);

    public static string avcodec_get_name(AVCodecID id) => Marshal.PtrToStringUTF8((nint)CodecName(id)) ?? "unknown";

    [LibraryImport("avcodec")]
    public static partial AVCodecContext* avcodec_alloc_context3(AVCodec* codec);

    [LibraryImport("avcodec")]
    public static partial void avcodec_free_context(AVCodecContext** avctx);

    [LibraryImport("avcodec")]
    public static partial int avcodec_parameters_to_context(AVCodecContext* codec, AVCodecParameters* par);

    [LibraryImport("avcodec")]
    public static partial int avcodec_parameters_from_context(AVCodecParameters* par, AVCodecContext* codec);

    [LibraryImport("avcodec")]
    public static partial AVCodecParameters* avcodec_parameters_alloc();

    [LibraryImport("avcodec")]
    public static partial void avcodec_parameters_free(AVCodecParameters** par);

    [LibraryImport("avcodec")]
    public static partial int avcodec_open2(AVCodecContext* avctx, AVCodec* codec, AVDictionary** options);

    [LibraryImport("avcodec")]
    public static partial void avcodec_align_dimensions2(AVCodecContext* s, int* width, int* height, ref int_array8 linesize_align);

    [LibraryImport("avcodec")]
    public static partial int avcodec_default_get_buffer2(AVCodecContext* s, AVFrame* frame, int flags);

    [LibraryImport("avcodec")]
    public static partial int avcodec_send_packet(AVCodecContext* avctx, AVPacket* avpkt);

    [LibraryImport("avcodec")]
    public static partial int avcodec_receive_frame(AVCodecContext* avctx, AVFrame* frame);

    [LibraryImport("avcodec")]
    public static partial int avcodec_send_frame(AVCodecContext* avctx, AVFrame* frame);

    [LibraryImport("avcodec")]
    public static partial int avcodec_receive_packet(AVCodecContext* avctx, AVPacket* avpkt);

    [LibraryImport("avcodec")]
    public static partial void av_packet_rescale_ts(AVPacket* pkt, AVRational tb_src, AVRational tb_dst);

    [LibraryImport("avcodec")]
    public static partial void avcodec_flush_buffers(AVCodecContext* avctx);

    [LibraryImport("swscale")]
    public static partial SwsContext* sws_getContext(int srcW, int srcH, AVPixelFormat srcFormat,
        int dstW, int dstH, AVPixelFormat dstFormat, int flags, SwsFilter* srcFilter, SwsFilter* dstFilter, double* param);

    [LibraryImport("swscale")]
    public static partial void sws_freeContext(SwsContext* swsContext);

    [LibraryImport("swscale")]
    public static partial int* sws_getCoefficients(int colorspace);

    [LibraryImport("swscale")]
    public static partial int sws_setColorspaceDetails(SwsContext* c, in int_array4 inv_table, int srcRange,
        in int_array4 table, int dstRange, int brightness, int contrast, int saturation);

    [LibraryImport("swscale")]
    public static partial int sws_scale_frame(SwsContext* c, AVFrame* dst, AVFrame* src);

    private static int ErrorTag(string tag) => -(tag[0] | tag[1] << 8 | tag[2] << 16 | tag[3] << 24);
}
