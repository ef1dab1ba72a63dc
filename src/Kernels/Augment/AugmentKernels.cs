namespace DoRA.Kernels.Augment;

/// <summary>
/// From decoded frames to the views a network sees, in two batched calls. Pictures are planar float32 RGB, [3, height, width], in 0..1.
/// Nothing here has a gradient.
/// </summary>
public abstract class AugmentKernels
{
    /// <summary>Means of the colours of ImageNet, which views are normalised by.</summary>
    public static ReadOnlySpan<float> Mean => [0.485f, 0.456f, 0.406f];

    /// <summary>Standard deviations of the colours of ImageNet, which views are normalised by.</summary>
    public static ReadOnlySpan<float> StandardDeviation => [0.229f, 0.224f, 0.225f];

    /// <summary>Weights of red, green and blue in the luma (BT.601), which contrast, saturation and grayscale use.</summary>
    public static ReadOnlySpan<float> Luma => [0.299f, 0.587f, 0.114f];

    /// <summary>
    /// Cuts a box out of each frame, resizes it bilinearly without antialiasing and converts it to RGB.
    /// Output pixel d of D reads the box of side S at <c>(d + ½) S/D − ½</c>, held inside the box. Chroma is read bilinearly at the same
    /// place of the picture: a chroma sample lies on the left luma sample of those it serves, and half-way between their rows (the siting
    /// of MPEG-2, H.264 and H.265 by default). Then, with luma y and chroma b, r scaled from the format's range to 0..1 and −½..½ and the
    /// matrix's k_r, k_b: <c>R = y + 2(1 − k_r) r</c>, <c>B = y + 2(1 − k_b) b</c>, <c>G = (y − k_r R − k_b B) / (1 − k_r − k_b)</c>,
    /// held in 0..1 (ITU-T H.273).
    /// </summary>
    /// <param name="crops">[cuts, 3, height, width], written.</param>
    /// <param name="frames">Bytes of decoded frames.</param>
    /// <param name="cuts">One a crop.</param>
    /// <param name="size">Of every crop, as a viewer sees it.</param>
    /// <exception cref="ArgumentException">A box leaves its frame, or a frame or crop leaves its memory.</exception>
    public abstract void CropFrames(DeviceSpan crops, DeviceSpan frames, ReadOnlySpan<FrameCut> cuts, PictureSize size);

    /// <summary>
    /// Makes views: box and resize, flip, colour jitter, grayscale, Gaussian blur, solarisation, and last (x − mean) / standard deviation.
    /// The bicubic filter resizes rows first, then columns, and every operation's result is held in 0..1, as in a chain of 8-bit pictures;
    /// but nothing is rounded. The blur is three box blurs along rows, then three along columns, of a box of fractional radius whose
    /// variance is a third of the Gaussian's (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
    /// filtering", 2011); pixels beyond the edge are the edge's. Solarisation is the 8-bit rule "invert from 128 on" for values that are
    /// not whole: the threshold lies at 127.5/255, where both branches meet.
    /// </summary>
    /// <param name="views">[recipes, 3, height, width], written.</param>
    /// <param name="crops">[any, 3, crop height, crop width].</param>
    /// <param name="recipes">One a view.</param>
    /// <param name="cropSize">Of every crop.</param>
    /// <param name="viewSize">Of every view.</param>
    /// <exception cref="ArgumentException">A box leaves its crop, or a crop or view leaves its memory.</exception>
    public abstract void MakeViews(
        DeviceSpan views, DeviceSpan crops, ReadOnlySpan<ViewRecipe> recipes, PictureSize cropSize, PictureSize viewSize);
}
