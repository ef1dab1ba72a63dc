using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Dataset;

/// <summary>
/// CIE L* (CIE 15:2004, 8.2.1): 116 f(Y) − 16, f(Y) being the cube root, or linear below (6/29)³; Y is the luminance of Rec. ITU-R BT.709
/// primaries, relative to white, of red, green and blue made linear as IEC 61966-2-1 (sRGB) says.
/// </summary>
internal static class Lightness
{
    private const double Bend = 6.0 / 29;
    private static readonly double[] Linear = [.. Enumerable.Range(0, 256).Select(value => ToLinear(value / 255.0))];

    /// <summary>The mean of L* over a picture's pixels, 0 for black to 100 for white.</summary>
    public static double Mean(RgbImage picture)
    {
        double sum = 0;
        ReadOnlySpan<byte> pixels = picture.Pixels;
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels)
        {
            sum += OfLuminance((0.2126 * Linear[pixels[i]]) + (0.7152 * Linear[pixels[i + 1]]) + (0.0722 * Linear[pixels[i + 2]]));
        }

        return sum / (pixels.Length / RgbImage.Channels);
    }

    private static double OfLuminance(double luminance) =>
        (116 * (luminance > Bend * Bend * Bend ? Math.Cbrt(luminance) : (luminance / (3 * Bend * Bend)) + (4.0 / 29))) - 16;

    private static double ToLinear(double value) => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
}
