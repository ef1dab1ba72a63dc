using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Augment;

/// <summary>The random numbers of one box or view, each at its own place, so that none moves when another is not needed.</summary>
/// <param name="Stream">The clip's numbers of one purpose.</param>
/// <param name="Block">Which view of which frame.</param>
internal readonly record struct ViewNumbers(PhiloxStream Stream, uint Block)
{
    public const int Tries = 10;
    public const uint Flip = 4 * Tries;
    public const uint Jitter = Flip + 1;
    public const uint Brightness = Jitter + 1;
    public const uint Contrast = Brightness + 1;
    public const uint Saturation = Contrast + 1;
    public const uint Hue = Saturation + 1;
    public const uint Order = Hue + 1;
    public const uint Grayscale = Order + 3;
    public const uint Blur = Grayscale + 1;
    public const uint BlurRadius = Blur + 1;
    public const uint Solarize = BlurRadius + 1;
    private const uint Size = 64;

    public bool Happens(uint number, double probability) => Stream.Uniform(At(number)) < probability;

    public float Uniform(uint number, Interval range) => Stream.Uniform(At(number), (float)range.Minimum, (float)range.Maximum);

    public int Integer(uint number, int count) => Stream.Integer(At(number), count);

    private uint At(uint number) => (Block * Size) + number;
}
