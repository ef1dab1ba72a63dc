using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Visualise;

/// <summary>
/// What the CLS token attends to in the last block, as DINO shows it: a sheet of the picture and, head by head, its heat map over it, brighter
/// where the attention is larger.
/// </summary>
internal sealed class AttentionDrawing(WholePicture whole) : IDrawing
{
    /// <summary>The most that a picture's short side takes on the sheet, which has one for each head.</summary>
    private const int LargestShortSide = 480;

    public IEnumerable<SKBitmap> Draw(PictureInput input) => input.All().Select(Sheet);

    private SKBitmap Sheet(RgbImage picture)
    {
        PictureSize size = whole.SizeOf(picture);
        LastBlock last = whole.Encoder.LastBlockOf(whole.Planes(picture, size), size.Height, size.Width);
        (int width, int height) = FrameSize.Shrink(picture.Width, picture.Height, LargestShortSide);
        RgbImage small = picture.Resize(width, height, PillowFilter.Bicubic);
        List<SKBitmap> panels = [Overlay.Bitmap(small)];
        for (int head = 0; head < whole.Encoder.Configuration.Heads; head++)
        {
            panels.Add(Overlay.Heat(small, last.PatchAttention(head), last.Columns));
        }

        return PictureSheet.Of([.. panels.Chunk((int)Math.Ceiling(Math.Sqrt(panels.Count)))]);
    }
}
