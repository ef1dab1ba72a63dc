using CsCheck;

namespace DoRA.Kernels.Tests;

/// <summary>Numbers for tests, the same for the same seed.</summary>
internal sealed class TestNumbers(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Sizes from one up, past two vectors, mostly no multiple of a vector; and a seed.</summary>
    public static Gen<(int Rows, int Width, int Seed)> RowsAndWidth { get; } =
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 70], Gen.Int[0, 1 << 20]);

    public float[] Uniform(int length, float low = -1, float high = 1)
    {
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = low + ((high - low) * _random.NextSingle());
        }

        return values;
    }

    public int Integer(int count) => _random.Next(count);

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
