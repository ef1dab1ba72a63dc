using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Visualise;

/// <summary>Where drawings go: one PNG, a film in MP4, or a folder with a PNG a frame.</summary>
internal abstract class PictureOutput : IDisposable
{
    private const string Picture = ".png", Film = ".mp4";

    /// <param name="isFilm">Whether drawings of frames will come, or one of a picture.</param>
    /// <param name="framesPerSecond">Of a film.</param>
    /// <exception cref="UserException">The path is there already, or its ending does not suit.</exception>
    public static PictureOutput Create(string path, bool isFilm, double framesPerSecond)
    {
        OutputPath.RequireFree(path);
        return (Path.GetExtension(path).ToLowerInvariant(), isFilm) switch
        {
            (Picture, false) => new PngFile(path),
            (Film, true) => new FilmFile(path, framesPerSecond),
            ("", true) => new PngFolder(path),
            (_, false) => throw new UserException($"--output is {path}; for one picture give a name that ends in {Picture}."),
            _ => throw new UserException($"--output is {path}; for frames give a name that ends in {Film}, or that of a folder, without an ending."),
        };
    }

    /// <summary>Takes the next drawing, which stays the caller's.</summary>
    public abstract void Add(SKBitmap drawing);

    /// <summary>Completes what was written.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>Removes what is not complete.</summary>
    public virtual void Dispose()
    {
    }

    private sealed class PngFile(string path) : PictureOutput
    {
        public override void Add(SKBitmap drawing) => PictureSheet.WritePng(path, drawing);
    }

    private sealed class PngFolder(string path) : PictureOutput
    {
        private int _count;

        public override void Add(SKBitmap drawing) => PictureSheet.WritePng(Path.Combine(path, $"{++_count:d5}.png"), drawing);
    }

    private sealed class FilmFile(string path, double framesPerSecond) : PictureOutput
    {
        private readonly string _partial = path + AtomicFile.TemporaryEnd;
        private FilmWriter? _writer;
        private (int Width, int Height) _size;

        public override void Add(SKBitmap drawing)
        {
            if (_writer is null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                _size = (drawing.Width, drawing.Height);
                _writer = new(_partial, drawing.Width, drawing.Height, framesPerSecond);
            }

            if ((drawing.Width, drawing.Height) != _size)
            {
                throw new UserException(
                    $"The pictures are of several sizes, {_size.Width}×{_size.Height} and {drawing.Width}×{drawing.Height}, which no film is; "
                    + "give --output a folder.");
            }

            _writer.Add(Overlay.Picture(drawing));
        }

        public override void Complete()
        {
            _writer!.Finish();
            File.Move(_partial, path);
        }

        public override void Dispose()
        {
            if (_writer is not null)
            {
                _writer.Dispose();
                File.Delete(_partial);
            }

            base.Dispose();
        }
    }
}
