namespace DoRA.Kernels.Augment;

/// <summary>
/// From stored samples to RGB in 0..1 as one affine map: <c>R = Luma·Y + RedV·V + RedOffset</c>, and so on (ITU-T H.273).
/// </summary>
internal readonly record struct YuvConversion(
    float Luma, float RedV, float RedOffset, float GreenU, float GreenV, float GreenOffset, float BlueU, float BlueOffset)
{
    public static YuvConversion Of(FrameFormat format)
    {
        (double red, double blue) = format.Matrix switch
        {
            ColorMatrix.Bt601 => (0.299, 0.114),
            ColorMatrix.Bt709 => (0.2126, 0.0722),
            _ => (0.2627, 0.0593),
        };
        double green = 1 - red - blue;
        double unit = 1 << (format.BitDepth - 8), top = (1 << format.BitDepth) - 1;
        (double lumaOffset, double lumaRange) = format.FullRange ? (0.0, top) : (16 * unit, 219 * unit);
        (double chromaOffset, double chromaRange) = (128 * unit, format.FullRange ? top : 224 * unit);

        double luma = 1 / lumaRange, offset = -lumaOffset / lumaRange;
        double redV = 2 * (1 - red) / chromaRange, blueU = 2 * (1 - blue) / chromaRange;
        double greenU = -blueU * blue / green, greenV = -redV * red / green;
        return new(
            (float)luma,
            (float)redV, (float)(offset - (redV * chromaOffset)),
            (float)greenU, (float)greenV, (float)(offset - ((greenU + greenV) * chromaOffset)),
            (float)blueU, (float)(offset - (blueU * chromaOffset)));
    }
}
