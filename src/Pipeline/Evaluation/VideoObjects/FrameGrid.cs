using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>A frame's size as it is encoded, and its patches.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Patch">Pixels.</param>
public sealed record FrameGrid(int Width, int Height, int Patch)
{
    private const int Multiple = 64;

    public int Rows => Height / Patch;

    public int Columns => Width / Patch;

    public int Patches => Rows * Columns;

    /// <summary>The short side to <paramref name="shortSide"/>, the long one in proportion, floored to a multiple of 64.</summary>
    /// <exception cref="UserException">The patches do not fill such a frame.</exception>
    public static FrameGrid Of(int width, int height, int shortSide, int patch)
    {
        int longSide = (int)(Math.Floor((double)shortSide * Math.Max(width, height) / Math.Min(width, height) / Multiple) * Multiple);
        return Multiple % patch == 0 && shortSide % patch == 0
            ? height > width ? new(shortSide, longSide, patch) : new(longSide, shortSide, patch)
            : throw new UserException(
                $"A short side of {shortSide} and a long side that is a multiple of {Multiple} cannot be cut into patches of {patch}; "
                + $"take a patch that divides {Multiple} and a --short-side that is a multiple of it.");
    }

    /// <summary>The frame as it is encoded: OpenCV's resize, as the benchmark's code calls it.</summary>
    public RgbImage Resize(RgbImage frame) => frame.ResizeOpenCv(Width, Height);

    /// <summary>Patch tokens after the final norm, [n, d].</summary>
    /// <param name="frame">Of this size.</param>
    public float[] Tokens(FrozenEncoder encoder, RgbImage frame) =>
        encoder.Tokens(Normalization.VideoObjects.Apply(frame), 1, Height, Width)[encoder.Width..];

    /// <summary>Ones and zeros [1 + objects, n] of a frame's labels, background first: the nearest pixel says what a patch is.</summary>
    public float[] OneHot(LabelImage labels, int objects)
    {
        byte[] small = labels.Resize(Columns, Rows).Labels;
        float[] ones = new float[(1 + objects) * Patches];
        for (int patch = 0; patch < Patches; patch++)
        {
            ones[(small[patch] <= objects ? small[patch] * Patches : 0) + patch] = 1;
        }

        return ones;
    }

    /// <summary>
    /// Labels of a frame of any size from soft ones [labels, n]: brought to pixels bilinearly, each label stretched to 0..1, the largest
    /// wins,
    /// nearest to the wanted size.
    /// </summary>
    public LabelImage Labels(float[] soft, int width, int height)
    {
        float[] stretched = Stretch(soft);
        int labels = soft.Length / Patches, pixels = Width * Height;
        byte[] best = new byte[pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int label = 1; label < labels; label++)
            {
                if (stretched[(label * pixels) + i] > stretched[(best[i] * pixels) + i])
                {
                    best[i] = (byte)label;
                }
            }
        }

        return new LabelImage(Width, Height, best).Resize(width, height);
    }

    /// <summary>[labels, height, width], each label's least value 0 and its largest 1.</summary>
    private float[] Stretch(float[] soft)
    {
        int labels = soft.Length / Patches, pixels = Width * Height;
        float[] large = TorchResize.Bilinear(soft, labels, Rows, Columns, Height, Width);
        for (int label = 0; label < labels; label++)
        {
            Span<float> plane = large.AsSpan(label * pixels, pixels);
            (float least, float most) = (float.PositiveInfinity, float.NegativeInfinity);
            foreach (float value in plane)
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }

            // A label that is nowhere stays nowhere.
            for (int i = 0; most > 0 && i < plane.Length; i++)
            {
                plane[i] = (plane[i] - least) / (most - least);
            }
        }

        return large;
    }
}
