namespace DoRA.References;

/// <summary><c>y = x / max(‖x‖, 1e-12)</c> over rows of [rows, width].</summary>
public static class L2NormalizeReference
{
    public static (double[] Y, double[] InverseNorm) Forward(double[] x, int rows, int width)
    {
        double[] y = new double[rows * width], inverseNorm = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            double[] values = x[(row * width)..((row + 1) * width)];
            inverseNorm[row] = 1 / Math.Max(Math.Sqrt(values.Sum(value => value * value)), 1e-12);
            for (int i = 0; i < width; i++)
            {
                y[(row * width) + i] = values[i] * inverseNorm[row];
            }
        }

        return (y, inverseNorm);
    }

    public static double[] Backward(double[] dY, double[] x, int rows, int width)
    {
        (double[] y, double[] inverseNorm) = Forward(x, rows, width);
        double[] dX = new double[rows * width];
        for (int row = 0; row < rows; row++)
        {
            double along = 0;
            for (int i = row * width; i < (row + 1) * width; i++)
            {
                along += y[i] * dY[i];
            }

            for (int i = row * width; i < (row + 1) * width; i++)
            {
                dX[i] = inverseNorm[row] * (dY[i] - (y[i] * along));
            }
        }

        return dX;
    }
}
