using DoRA.Pipeline.Files;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Reads a proxy: one read of the disk and one picture decoded a frame, wherever it lies. One thread at a time may use it.</summary>
internal sealed unsafe class ProxyReader(VideoProxy proxy, FramePool pool) : IFrameSource
{
    private readonly PictureDecoder _decoder = new(AVCodecID.AV_CODEC_ID_MJPEG, pool);
    private readonly FrameCopier _copier = new(proxy.Info.Format.Rotation);

    public VideoInfo Info => proxy.Info;

    /// <inheritdoc/>
    public DamagedSpans Damage => proxy.Damage;

    /// <inheritdoc/>
    public VideoFrame Read(double seconds)
    {
        ProxyFrame place = proxy.Frame(proxy.IndexAt(seconds, out bool isDamaged), out int segment);
        AVFrame* picture = Fetch(segment, place) ? _decoder.Decode(proxy.Folder, place.Seconds) : null;
        if (picture == null || picture->width != Info.Format.Width || picture->height != Info.Format.Height)
        {
            proxy.Condemn(segment);
            throw VideoErrors.ProxyDamaged(Info.Path, place.Seconds, proxy.Folder);
        }
        VideoFrame frame = pool.Rent();
        // JPEG's own ideas of range and matrix are not the source's.
        _copier.Copy(picture, place.Seconds, Info.Format, frame);
        frame.IsDamaged = isDamaged;
        return frame;
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _copier.Dispose();
    }

    private bool Fetch(int segment, in ProxyFrame place)
    {
        try
        {
            Span<byte> bytes = _decoder.Prepare(place.Size);
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(ProxySegment.FileOf(proxy.Folder, segment));
            return RandomAccess.Read(file, bytes, place.Position) == bytes.Length && Crc32C.Of(bytes) == place.Checksum;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
