using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using SkiaSharp;

namespace DoRA.Pipeline.Visualise;

/// <summary>
/// Patch tokens as colours: their first three principal components as red, green and blue, found over pictures evenly from all, so that a colour
/// means the same throughout.
/// </summary>
internal sealed class FeaturesDrawing(WholePicture whole) : IDrawing
{
    /// <summary>Pictures that the components are found on; what they differ in more is little.</summary>
    private const int Sample = 16;

    private const float Opacity = 0.9f;

    public IEnumerable<SKBitmap> Draw(PictureInput input)
    {
        int count = Math.Min(Sample, input.Count);
        float[] tokens = [.. Enumerable.Range(0, count).SelectMany(i => Tokens(input.At(i * input.Count / count)).Tokens)];
        TokenColors? colors = TokenColors.Find(tokens, whole.Encoder.Width);
        foreach (RgbImage picture in input.All())
        {
            (float[] own, int columns) = Tokens(picture);
            yield return Overlay.Patches(picture, colors?.Colors(own) ?? new byte[own.Length / whole.Encoder.Width * RgbImage.Channels], columns, Opacity);
        }
    }

    private (float[] Tokens, int Columns) Tokens(RgbImage picture)
    {
        PictureSize size = whole.SizeOf(picture);
        float[] tokens = whole.Encoder.Tokens(whole.Planes(picture, size), 1, size.Height, size.Width)[whole.Encoder.Width..];
        return (tokens, size.Width / whole.Encoder.Configuration.Patch);
    }
}
