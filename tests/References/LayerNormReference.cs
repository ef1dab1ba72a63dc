namespace DoRA.References;

/// <summary><c>y = (x − mean)/√(variance + ε) · weight + bias</c> over rows of [rows, width].</summary>
public static class LayerNormReference
{
    public static (double[] Y, double[] Mean, double[] Rstd) Forward(double[] x, double[] weight, double[] bias, int rows, int width,
        double epsilon)
    {
        double[] y = new double[rows * width], mean = new double[rows], rstd = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            double[] values = x[(row * width)..((row + 1) * width)];
            mean[row] = values.Average();
            rstd[row] = 1 / Math.Sqrt(values.Average(value => Math.Pow(value - mean[row], 2)) + epsilon);
            for (int i = 0; i < width; i++)
            {
                y[(row * width) + i] = ((values[i] - mean[row]) * rstd[row] * weight[i]) + bias[i];
            }
        }

        return (y, mean, rstd);
    }

    public static (double[] DX, double[] DWeight, double[] DBias) Backward(double[] dY, double[] x, double[] weight, int rows, int width,
        double epsilon)
    {
        (_, double[] mean, double[] rstd) = Forward(x, weight, new double[width], rows, width, epsilon);
        double[] dX = new double[rows * width], dWeight = new double[width], dBias = new double[width];
        for (int row = 0; row < rows; row++)
        {
            double[] normalized = new double[width], g = new double[width];
            for (int i = 0; i < width; i++)
            {
                double gradient = dY[(row * width) + i];
                normalized[i] = (x[(row * width) + i] - mean[row]) * rstd[row];
                g[i] = gradient * weight[i];
                dWeight[i] += gradient * normalized[i];
                dBias[i] += gradient;
            }

            double meanG = g.Average(), meanGX = g.Zip(normalized, (a, b) => a * b).Average();
            for (int i = 0; i < width; i++)
            {
                dX[(row * width) + i] = rstd[row] * (g[i] - meanG - (normalized[i] * meanGX));
            }
        }

        return (dX, dWeight, dBias);
    }
}
