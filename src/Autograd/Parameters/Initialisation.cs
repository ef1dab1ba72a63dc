using DoRA.Kernels.Primitives;

namespace DoRA.Autograd;

/// <summary>How a parameter starts: <c>constant + deviation · normal + bound · uniform[−1, 1)</c>.</summary>
/// <param name="Offset">The constant.</param>
/// <param name="Deviation">Standard deviation of a normal share.</param>
/// <param name="Bound">Half the width of a uniform share.</param>
public readonly record struct Initialisation(float Offset, float Deviation, float Bound)
{
    public static Initialisation Zeros => default;

    public static Initialisation Ones => new(1, 0, 0);

    /// <summary>
    /// DINO's truncated normal cuts at ±2 whatever the deviation: a hundred deviations out at its 0.02, so nothing is ever cut.
    /// </summary>
    public static Initialisation Normal(float deviation) => new(0, deviation, 0);

    /// <summary>Uniform within ±1/√fanIn: PyTorch's default for convolutions and linear layers (Kaiming-uniform, a = √5).</summary>
    public static Initialisation UniformFanIn(int fanIn) => new(0, 0, 1 / MathF.Sqrt(fanIn));

    /// <summary>Writes the values that <paramref name="stream"/> gives.</summary>
    public void Fill(Span<float> values, PhiloxStream stream)
    {
        values.Fill(Offset);
        for (int i = 0; Deviation != 0 && i < values.Length; i++)
        {
            values[i] += (float)(Deviation * stream.Normal((uint)i));
        }

        for (int i = 0; Bound != 0 && i < values.Length; i++)
        {
            values[i] += stream.Uniform((uint)i, -Bound, Bound);
        }
    }
}
