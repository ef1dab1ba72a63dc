namespace DoRA.References;

/// <summary>The normalised weight <c>w_j = g_j v_j/‖v_j‖</c>, v [outputs, inputs].</summary>
public static class WeightNormReference
{
    /// <summary>The factors g/‖v‖ of v's rows.</summary>
    public static double[] Scale(double[] v, double[] g, int outputs, int inputs) =>
        [.. Enumerable.Range(0, outputs).Select(j => g[j] / Norm(v, j, inputs))];

    public static double[] Weight(double[] v, double[] g, int outputs, int inputs)
    {
        double[] scale = Scale(v, g, outputs, inputs);
        return [.. v.Select((value, i) => value * scale[i / inputs])];
    }

    /// <summary>From the gradient of w: <c>dG = dW · v̂</c>, <c>dV = g/‖v‖ (dW − (dW · v̂) v̂)</c>.</summary>
    public static (double[] DV, double[] DG) Backward(double[] dWeight, double[] v, double[] g, int outputs, int inputs)
    {
        double[] dV = new double[outputs * inputs], dG = new double[outputs];
        for (int j = 0; j < outputs; j++)
        {
            double norm = Norm(v, j, inputs);
            for (int i = j * inputs; i < (j + 1) * inputs; i++)
            {
                dG[j] += dWeight[i] * v[i] / norm;
            }

            for (int i = j * inputs; i < (j + 1) * inputs; i++)
            {
                dV[i] = g[j] / norm * (dWeight[i] - (dG[j] * v[i] / norm));
            }
        }

        return (dV, dG);
    }

    private static double Norm(double[] v, int row, int inputs) => Math.Sqrt(v.Skip(row * inputs).Take(inputs).Sum(value => value * value));
}
