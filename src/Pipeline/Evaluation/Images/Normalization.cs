namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>Bytes to numbers: <c>(x/255 − mean)/deviation</c> per colour, in float32 as the benchmarks' code computes it.</summary>
public sealed class Normalization
{
    private readonly float[] _mean, _deviation;

    private Normalization(float[] mean, float[] deviation) => (_mean, _deviation) = (mean, deviation);

    /// <summary>ImageNet's.</summary>
    public static Normalization ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>What DINO's evaluation of video object segmentation uses: red's deviation is .228 there.</summary>
    public static Normalization VideoObjects { get; } = new([0.485f, 0.456f, 0.406f], [0.228f, 0.224f, 0.225f]);

    /// <summary>The picture of normalised planes [3, height, width], for looking at.</summary>
    public RgbImage Undo(ReadOnlySpan<float> planes, int width, int height)
    {
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int channel, int pixel) = (i / (width * height), i % (width * height));
            float value = 255 * ((planes[i] * _deviation[channel]) + _mean[channel]);
            pixels[(RgbImage.Channels * pixel) + channel] = (byte)Math.Clamp(MathF.Round(value), 0, 255);
        }

        return new(width, height, pixels);
    }

    /// <summary>[3, height, width] of a picture.</summary>
    public float[] Apply(RgbImage image) => Apply(image, image.Width, image.Height);

    /// <summary>[3, height, width] of a picture in the upper left corner of a larger one, whose rest is zero after normalisation.</summary>
    public float[] Apply(RgbImage image, int width, int height)
    {
        float[] planes = new float[RgbImage.Channels * width * height];
        for (int c = 0; c < RgbImage.Channels; c++)
        {
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width; x++)
                {
                    float value = image.Pixels[(((y * image.Width) + x) * RgbImage.Channels) + c] / 255f;
                    planes[(((c * height) + y) * width) + x] = (value - _mean[c]) / _deviation[c];
                }
            }
        }

        return planes;
    }
}
