namespace DoRA.Pipeline.Doctor;

/// <summary>Inputs of checks: always the same, and bfloat16 numbers, so that engines of either storage start from equal ones.</summary>
internal static class CheckNumbers
{
    /// <summary>Uniform in [−scale, scale).</summary>
    public static float[] Uniform(int seed, long count, float scale = 1)
    {
        Random random = new(seed);
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            uint bits = BitConverter.SingleToUInt32Bits(((2 * random.NextSingle()) - 1) * scale);
            value = BitConverter.UInt32BitsToSingle(bits & 0xffff0000);
        }

        return values;
    }

    /// <summary>The same, not negative.</summary>
    public static float[] Positive(int seed, long count) => Array.ConvertAll(Uniform(seed, count), Math.Abs);

    /// <summary>x · y from given places, with given steps.</summary>
    public static double Dot(float[] x, long atX, float[] y, long atY, int count, int stepX = 1, int stepY = 1)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += (double)x[atX + ((long)i * stepX)] * y[atY + ((long)i * stepY)];
        }

        return sum;
    }

    /// <summary>exp(x − max) over its sum.</summary>
    public static double[] Softmax(IEnumerable<double> scores)
    {
        double[] x = [.. scores];
        double largest = x.Max();
        x = Array.ConvertAll(x, value => Math.Exp(value - largest));
        double sum = x.Sum();
        return Array.ConvertAll(x, value => value / sum);
    }
}
