namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>ImageNet's test view: the short side to 256 bicubically, then the middle 224 × 224. Other sizes keep the proportion.</summary>
/// <param name="Size">Side of the crop.</param>
public sealed record CenterCrop(int Size = 224)
{
    /// <summary>What the short side is brought to.</summary>
    public int ShortSide => Size * 256 / 224;

    public RgbImage Apply(RgbImage image)
    {
        (int width, int height) = image.Width <= image.Height
            ? (ShortSide, (int)((double)ShortSide * image.Height / image.Width))
            : ((int)((double)ShortSide * image.Width / image.Height), ShortSide);
        RgbImage resized = image.Resize(width, height, PillowFilter.Bicubic);
        return resized.Crop(Middle(width), Middle(height), Size, Size);
    }

    // Halves are rounded to even, as the original does.
    private int Middle(int side) => (int)Math.Round((side - Size) / 2.0, MidpointRounding.ToEven);
}
