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
        Dictionary<int, (float[] Tokens, int Columns)> sampled = Enumerable.Range(0, count).Select(i => i * input.Count / count)
            .ToDictionary(index => index, index => Tokens(input.At(index)));
        TokenColors? colors = TokenColors.Find([.. sampled.Values.SelectMany(one => one.Tokens)], whole.Encoder.Width);
        foreach ((int index, RgbImage picture) in input.All().Index())
        {
            (float[] own, int columns) = sampled.TryGetValue(index, out (float[], int) known) ? known : Tokens(picture);
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
