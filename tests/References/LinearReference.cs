namespace DoRA.References;

/// <summary>The linear layer in double. X is [rows, inputs], W [outputs, inputs], Y [rows, outputs]; null members are absent.</summary>
public sealed record LinearReference(int Rows, int Inputs, int Outputs)
{
    public double[]? ColumnScale { get; init; }

    public double[]? Bias { get; init; }

    public bool Gelu { get; init; }

    public double[]? RowScale { get; init; }

    public int RowsPerScale { get; init; } = 1;

    public double[]? Residual { get; init; }

    /// <summary>Y, and the value before GELU.</summary>
    public (double[] Y, double[] Preactivation) Forward(double[] x, double[] weight)
    {
        double[] y = new double[Rows * Outputs], preactivation = new double[Rows * Outputs];
        for (int r = 0; r < Rows; r++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                double sum = 0;
                for (int i = 0; i < Inputs; i++)
                {
                    sum += x[(r * Inputs) + i] * weight[(o * Inputs) + i];
                }

                double value = (sum * (ColumnScale?[o] ?? 1)) + (Bias?[o] ?? 0);
                preactivation[(r * Outputs) + o] = value;
                value = Gelu ? GeluReference.Value(value) : value;
                y[(r * Outputs) + o] = (value * ScaleOfRow(r)) + (Residual?[(r * Outputs) + o] ?? 0);
            }
        }

        return (y, preactivation);
    }

    /// <summary>The gradient of the input for a layer without GELU of its own, carried through the GELU that made the input.</summary>
    public double[] BackwardInput(double[] dY, double[] weight, double[]? inputPreactivation)
    {
        double[] dX = new double[Rows * Inputs];
        for (int r = 0; r < Rows; r++)
        {
            for (int i = 0; i < Inputs; i++)
            {
                double sum = 0;
                for (int o = 0; o < Outputs; o++)
                {
                    sum += dY[(r * Outputs) + o] * ScaleOfRow(r) * (ColumnScale?[o] ?? 1) * weight[(o * Inputs) + i];
                }

                dX[(r * Inputs) + i] = sum * (inputPreactivation is null ? 1 : GeluReference.Derivative(inputPreactivation[(r * Inputs) + i]));
            }
        }

        return dX;
    }

    /// <summary>The gradients of weight and bias, of a layer without column scale and GELU.</summary>
    public (double[] DWeight, double[] DBias) BackwardWeight(double[] dY, double[] x)
    {
        double[] dWeight = new double[Outputs * Inputs], dBias = new double[Outputs];
        for (int r = 0; r < Rows; r++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                double gradient = dY[(r * Outputs) + o] * ScaleOfRow(r);
                dBias[o] += gradient;
                for (int i = 0; i < Inputs; i++)
                {
                    dWeight[(o * Inputs) + i] += gradient * x[(r * Inputs) + i];
                }
            }
        }

        return (dWeight, dBias);
    }

    private double ScaleOfRow(int row) => RowScale?[row / RowsPerScale] ?? 1;
}
