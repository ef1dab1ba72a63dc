using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Brings pictures of high dynamic range to the standard one: PQ or HLG of BT.2020 (ITU-R BT.2100) in, 8-bit 4:2:0 of BT.709 in limited range out.
/// Light is counted in reference white, 203 cd/m² (ITU-R BT.2408). Up to half of it light stays as it is; what is brighter, up to 1000 cd/m², is
/// pressed into the rest by Reinhard's extended curve on the largest of the three components, so that hues stay. Then the primaries change, and
/// the inverse of the display curve of BT.1886, a power of 1/2.4, gives the signal.
/// </summary>
internal sealed unsafe class ToneMapper
{
    private const int Steps = 4096;
    private const float White = 203, Peak = 1000, Knee = 0.5f;

    // ITU-R BT.2020 and BT.709: luma's weights of red and blue.
    private const float RedIn = 0.2627f, BlueIn = 0.0593f, RedOut = 0.2126f, BlueOut = 0.0722f;

    private readonly float[] _light = new float[Steps], _signal = new float[Steps];
    private readonly bool _isHlg;

    public ToneMapper(AVColorTransferCharacteristic transfer)
    {
        _isHlg = transfer == AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67;
        for (int i = 0; i < Steps; i++)
        {
            double value = i / (Steps - 1.0);
            _light[i] = (float)(_isHlg ? HlgScene(value) : PqDisplay(value) / White);

            // Over the root, since the power is steep at the dark end.
            _signal[i] = (float)Math.Pow(value * value, 1 / 2.4);
        }
    }

    /// <summary>Whether a transfer characteristic is one of high dynamic range.</summary>
    public static bool IsNeededFor(AVColorTransferCharacteristic transfer) =>
        transfer is AVColorTransferCharacteristic.AVCOL_TRC_SMPTE2084 or AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67;

    /// <summary>The format that comes out.</summary>
    public static FrameFormat FormatOf(int width, int height, int rotation) => new(width, height, 1, 1, 8, false, ColorMatrix.Bt709, rotation);

    /// <param name="source">Planar 4:4:4 of 10 bits.</param>
    /// <param name="isFullRange">Of the source.</param>
    /// <param name="destination">Planes as <see cref="FormatOf"/> of the source's size says.</param>
    public void Map(AVFrame* source, bool isFullRange, byte* destination)
    {
        (int width, int height) = (source->width, source->height);
        int chromaWidth = (width + 1) / 2, chromaHeight = (height + 1) / 2;
        byte* blueness = destination + ((long)width * height), redness = blueness + ((long)chromaWidth * chromaHeight);
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                (float blue, float red, int count) = (0, 0, 0);
                for (int row = y; row < Math.Min(y + 2, height); row++)
                {
                    for (int column = x; column < Math.Min(x + 2, width); column++, count++)
                    {
                        (float luma, float b, float r) = Map(Sample(source, 0, column, row), Sample(source, 1, column, row), Sample(source, 2, column, row), isFullRange);
                        destination[((long)row * width) + column] = Round(16 + (219 * luma));
                        (blue, red) = (blue + b, red + r);
                    }
                }

                long chroma = ((long)(y / 2) * chromaWidth) + (x / 2);
                blueness[chroma] = Round(128 + (224 * blue / count));
                redness[chroma] = Round(128 + (224 * red / count));
            }
        }
    }

    /// <summary>A pixel: luma in 0..1 and chroma in -0.5..0.5, from samples of 10 bits.</summary>
    private (float Luma, float Blue, float Red) Map(int luma, int blueness, int redness, bool isFullRange)
    {
        float y = isFullRange ? luma / 1023f : (luma - 64) / 876f;
        float scale = isFullRange ? 1 / 1023f : 1 / 896f, cb = (blueness - 512) * scale, cr = (redness - 512) * scale;
        float red = y + (2 * (1 - RedIn) * cr), blue = y + (2 * (1 - BlueIn) * cb);
        float green = (y - (RedIn * red) - (BlueIn * blue)) / (1 - RedIn - BlueIn);
        (red, green, blue) = (Light(red), Light(green), Light(blue));
        if (_isHlg)
        {
            // The system's gamma of 1.2 belongs to a display of 1000 cd/m².
            float gain = Peak / White * MathF.Pow((RedIn * red) + ((1 - RedIn - BlueIn) * green) + (BlueIn * blue), 0.2f);
            (red, green, blue) = (red * gain, green * gain, blue * gain);
        }

        float largest = Math.Max(red, Math.Max(green, blue)), pressed = largest > Knee ? Press(largest) / largest : 1;
        (red, green, blue) = (red * pressed, green * pressed, blue * pressed);

        // Primaries of BT.2020 in those of BT.709: ITU-R BT.2087.
        (red, green, blue) = (
            Signal((1.6605f * red) - (0.5876f * green) - (0.0728f * blue)),
            Signal((-0.1246f * red) + (1.1329f * green) - (0.0083f * blue)),
            Signal((-0.0182f * red) - (0.1006f * green) + (1.1187f * blue)));
        y = (RedOut * red) + ((1 - RedOut - BlueOut) * green) + (BlueOut * blue);
        return (y, (blue - y) / (2 * (1 - BlueOut)), (red - y) / (2 * (1 - RedOut)));
    }

    private float Light(float value) => _light[(int)((Math.Clamp(value, 0, 1) * (Steps - 1)) + 0.5f)];

    private float Signal(float light) => _signal[(int)((MathF.Sqrt(Math.Clamp(light, 0, 1)) * (Steps - 1)) + 0.5f)];

    /// <summary>From the knee on, with slope 1 there, up to 1 at the peak.</summary>
    private static float Press(float light)
    {
        float above = (Math.Min(light, Peak / White) - Knee) / (1 - Knee), most = ((Peak / White) - Knee) / (1 - Knee);
        return Knee + ((1 - Knee) * above * (1 + (above / (most * most))) / (1 + above));
    }

    /// <summary>cd/m² of a PQ signal: SMPTE ST 2084.</summary>
    private static double PqDisplay(double signal)
    {
        double power = Math.Pow(signal, 32 / 2523.0);
        return 10000 * Math.Pow(Math.Max(power - (3424 / 4096.0), 0) / ((2413 / 128.0) - (2392 / 128.0 * power)), 16384 / 2610.0);
    }

    /// <summary>Light of the scene, 0 to 1, of an HLG signal: ARIB STD-B67.</summary>
    private static double HlgScene(double signal) =>
        signal <= 0.5 ? signal * signal / 3 : (Math.Exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12;

    private static int Sample(AVFrame* frame, uint plane, int x, int y) =>
        ((ushort*)(frame->data[plane] + ((long)y * frame->linesize[plane])))[x];

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
