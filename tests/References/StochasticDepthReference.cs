namespace DoRA.References;

/// <summary>0 where a uniform number lies below the rate, else 1/(1 − rate).</summary>
public static class StochasticDepthReference
{
    public static double[] Scales(double[] uniforms, double rate) => [.. uniforms.Select(uniform => uniform < rate ? 0 : 1 / (1 - rate))];
}
