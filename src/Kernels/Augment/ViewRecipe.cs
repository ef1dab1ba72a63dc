namespace DoRA.Kernels.Augment;

/// <summary>How a box is brought to a view's size.</summary>
public enum ResizeFilter
{
    /// <summary>Two taps a side whatever the scale, no antialiasing.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = −1/2, widened by the scale where the box is larger than the view (antialiased).</summary>
    Bicubic,
}

/// <summary>One operation of the colour jitter.</summary>
public enum ColorOperation
{
    None,

    /// <summary>x ← x · factor.</summary>
    Brightness,

    /// <summary>x ← m + factor · (x − m), m the mean luma of the whole view.</summary>
    Contrast,

    /// <summary>x ← luma + factor · (x − luma), pixel by pixel.</summary>
    Saturation,

    /// <summary>The hue turns by factor · 360°; saturation and value (of HSV) stay.</summary>
    Hue,
}

/// <summary>One operation of the colour jitter with its factor.</summary>
public readonly record struct ColorStep(ColorOperation Operation, float Factor);

/// <summary>
/// Everything that was drawn for one view. The operations are done in the order of the members; the default value of a member does nothing
/// (but <see cref="Box"/> must be given).
/// </summary>
public readonly record struct ViewRecipe
{
    /// <summary>Index of the crop that the view is cut from.</summary>
    public int Source { get; init; }

    /// <summary>In pixels of the crop.</summary>
    public CropBox Box { get; init; }

    public ResizeFilter Filter { get; init; }

    /// <summary>Left and right change places.</summary>
    public bool Flip { get; init; }

    public ColorStep Color1 { get; init; }

    public ColorStep Color2 { get; init; }

    public ColorStep Color3 { get; init; }

    public ColorStep Color4 { get; init; }

    /// <summary>All three channels become the luma.</summary>
    public bool Grayscale { get; init; }

    /// <summary>Standard deviation of the Gaussian blur in pixels of the view; 0 for none.</summary>
    public float BlurRadius { get; init; }

    /// <summary>Bright values are inverted: x ← min(x, 1 − x).</summary>
    public bool Solarize { get; init; }

    /// <summary>Colour operation 0 … 3.</summary>
    public ColorStep Color(int index) => index switch { 0 => Color1, 1 => Color2, 2 => Color3, _ => Color4 };
}
