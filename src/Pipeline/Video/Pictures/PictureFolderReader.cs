using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Frames that lie as JPEG or PNG pictures in a folder, as in DAVIS: the order of the names is the order of time, at a rate that is told.
/// One thread at a time may use it.
/// </summary>
public sealed unsafe class PictureFolderReader : IFrameSequence
{
    private static readonly string[] JpegEnds = [".jpg", ".jpeg"];
    private static readonly string[] PngEnds = [".png"];
    private readonly string[] _files;
    private readonly VideoReaderOptions _options;
    private readonly FramePool _pool;
    private readonly FrameCopier _copier = new(rotation: 0);
    private PictureDecoder? _jpeg, _png;
    private int _next;

    /// <param name="folder">A folder that <see cref="Holds"/> pictures.</param>
    /// <exception cref="UserException">The folder has no picture, or its first one cannot be decoded.</exception>
    public PictureFolderReader(string folder, VideoReaderOptions? options = null, FramePool? pool = null)
    {
        FFmpegLibraries.Load();
        ffmpeg.av_log_set_level(ffmpeg.AV_LOG_QUIET);
        _options = options ?? new();
        _pool = pool ?? FramePool.Shared;
        _files = [.. Files(folder)];
        if (_files.Length == 0)
            throw VideoErrors.NoPictures(folder);
        try
        {
            AVFrame* first = Decode(0);
            double rate = _options.PicturesPerSecond;
            Info = new VideoInfo(folder, IsJpeg(_files[0]) ? "mjpeg" : "png", _copier.PixelFormatOf(first), _copier.FormatOf(first),
                _files.Length / rate, rate, _files.Length, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public VideoInfo Info { get; }

    /// <inheritdoc/>
    public DamagedSpans Damage { get; } = new();

    /// <inheritdoc/>
    public double Grace => 0.0005;

    /// <summary>Whether a folder is a video of pictures: it holds two or more and nothing else that could be a video.</summary>
    public static bool Holds(string folder) =>
        Files(folder).Take(2).Count() == 2 && Directory.EnumerateFiles(folder).All(file => IsPicture(file) || Path.GetExtension(file) is ".txt" or ".json" or ".md" or "");

    /// <inheritdoc/>
    public VideoFrame Read(double seconds)
    {
        VideoFrame frame = _pool.Rent();
        try
        {
            int index = IndexAt(seconds);
            _copier.CopyShrunk(Decode(index), Start(index), _options.ShortSide, frame);
            _next = index + 1;
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Seek(double seconds) => _next = IndexAt(seconds);

    /// <inheritdoc/>
    public bool ReadNext(VideoFrame destination, int width, int height)
    {
        if (_next == _files.Length)
            return false;
        _copier.CopyScaled(Decode(_next), Start(_next), width, height, destination);
        _next++;
        return true;
    }

    /// <inheritdoc/>
    public double FindLastFrame() => Start(_files.Length - 1);

    /// <inheritdoc/>
    public bool SoundReaches(double seconds) => false;

    public void Dispose()
    {
        _copier.Dispose();
        _jpeg?.Dispose();
        _png?.Dispose();
    }

    /// <summary>The pictures of a folder in the order of their names.</summary>
    internal static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(IsPicture).Order(StringComparer.Ordinal);

    private static bool IsPicture(string file) => IsJpeg(file) || PngEnds.Contains(Path.GetExtension(file).ToLowerInvariant());

    private static bool IsJpeg(string file) => JpegEnds.Contains(Path.GetExtension(file).ToLowerInvariant());

    private int IndexAt(double seconds) => double.IsNaN(seconds)
        ? throw new ArgumentOutOfRangeException(nameof(seconds), "a time must be a number")
        : (int)Math.Clamp(Math.Floor((seconds + Grace) * _options.PicturesPerSecond), 0, _files.Length - 1);

    private double Start(int index) => index / _options.PicturesPerSecond;

    private AVFrame* Decode(int index)
    {
        string file = _files[index];
        PictureDecoder decoder = IsJpeg(file)
            ? _jpeg ??= new PictureDecoder(AVCodecID.AV_CODEC_ID_MJPEG, _pool, _options.ShortSide)
            : _png ??= new PictureDecoder(AVCodecID.AV_CODEC_ID_PNG, _pool, _options.ShortSide);
        try
        {
            using FileStream stream = File.OpenRead(file);
            stream.ReadExactly(decoder.Prepare(checked((int)stream.Length)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw VideoErrors.Unreadable(file, exception);
        }
        AVFrame* picture = decoder.Decode(file, Start(index));
        return picture != null ? picture : throw VideoErrors.NoPicture(file);
    }
}
