using SkiaSharp;

namespace DoRA.Pipeline.Visualise;

/// <summary>Something that a network sees, drawn over pictures.</summary>
internal interface IDrawing
{
    /// <summary>A drawing for each picture, in order, as it is asked for; the caller disposes them.</summary>
    IEnumerable<SKBitmap> Draw(PictureInput input);
}
