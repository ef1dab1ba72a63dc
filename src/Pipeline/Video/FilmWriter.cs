using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation.Images;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Writes pictures as a film that browsers and players show: H.264 where FFmpeg can encode it, else MPEG-4, in MP4.</summary>
internal sealed unsafe class FilmWriter : IDisposable
{
    private const int TicksPerSecond = 90_000;
    private readonly FrameFormat _format;
    private readonly int _frameTicks;
    private readonly VideoFrame _frame = FramePool.Shared.Rent();
    private readonly VideoWriter _writer;
    private int _count;

    /// <param name="width">Of the pictures; an odd last column is left out, as it is of rows.</param>
    /// <exception cref="Kernels.UserException">The file cannot be written.</exception>
    public FilmWriter(string path, int width, int height, double framesPerSecond)
    {
        FFmpegLibraries.Load();
        _format = new(width & ~1, height & ~1, 1, 1, 8, false, ColorMatrix.Bt601, 0);
        _frameTicks = (int)Math.Round(TicksPerSecond / framesPerSecond);
        bool hasH264 = ffmpeg.avcodec_find_encoder_by_name("libx264") != null;
        _writer = new(path, new(
            hasH264 ? "libx264" : "mpeg4", "mp4", "yuv420p", _format.Width, _format.Height, TicksPerSecond, _frameTicks,
            hasH264 ? [("crf", "18")] : [("qmin", "2"), ("qmax", "4")]));
    }

    /// <param name="picture">Of the film's size.</param>
    public void Add(RgbImage picture)
    {
        Convert(picture, _frame.Prepare(_format, (double)_count * _frameTicks / TicksPerSecond));
        _writer.Write(_frame, (long)_count++ * _frameTicks);
    }

    /// <summary>Completes the file.</summary>
    public void Finish() => _writer.Finish();

    public void Dispose()
    {
        _writer.Dispose();
        _frame.Dispose();
    }

    /// <summary>Rec. ITU-R BT.601, limited range; chroma is the mean of four pixels.</summary>
    private void Convert(RgbImage picture, byte* luma)
    {
        (int width, int height) = (_format.Width, _format.Height);
        byte* blueness = luma + (width * height), redness = blueness + (_format.ChromaWidth * _format.ChromaHeight);
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                (double red, double green, double blue) = (0, 0, 0);
                for (int i = 0; i < 4; i++)
                {
                    (int column, int row) = (x + (i & 1), y + (i >> 1));
                    ReadOnlySpan<byte> pixel = picture.Pixels.AsSpan(RgbImage.Channels * ((row * picture.Width) + column), RgbImage.Channels);
                    luma[(row * width) + column] = Round(16 + ((65.481 * pixel[0]) + (128.553 * pixel[1]) + (24.966 * pixel[2])) / 255);
                    (red, green, blue) = (red + pixel[0], green + pixel[1], blue + pixel[2]);
                }

                int chroma = (y / 2 * _format.ChromaWidth) + (x / 2);
                blueness[chroma] = Round(128 + ((-37.797 * red) - (74.203 * green) + (112 * blue)) / (4 * 255));
                redness[chroma] = Round(128 + ((112 * red) - (93.786 * green) - (18.214 * blue)) / (4 * 255));
            }
        }

        static byte Round(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
    }
}
