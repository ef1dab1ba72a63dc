using MathNet.Numerics.LinearAlgebra;

namespace DoRA.Pipeline.Pictures;

/// <summary>
/// Patch tokens as colours: their first three principal components, over all pictures together, as red, green and blue. Alike tokens have
/// alike colours, in all pictures of one call.
/// </summary>
internal static class TokenColors
{
    /// <summary>Shares of the values that are cut off at each end, so that one odd token does not take all the contrast.</summary>
    private const double Tail = 0.01;

    /// <param name="tokens">[patches of all pictures, width].</param>
    /// <returns>[patches, 3]; black throughout where a token is no finite number, of which there are no components.</returns>
    public static byte[] Of(float[] tokens, int width)
    {
        int rows = tokens.Length / width;
        if (!tokens.All(float.IsFinite))
        {
            return new byte[rows * 3];
        }

        Matrix<double> x = Matrix<double>.Build.Dense(rows, width, (row, column) => tokens[(row * width) + column]);
        Vector<double> mean = x.ColumnSums() / rows;
        x.MapIndexedInplace((_, column, value) => value - mean[column], Zeros.Include);
        Matrix<double> vectors = x.TransposeThisAndMultiply(x).Evd(Symmetricity.Symmetric).EigenVectors;
        byte[] colors = new byte[rows * 3];
        for (int channel = 0; channel < 3; channel++)
        {
            // Eigenvalues rise. The sign of a component is free; it is set so that one picture always gives the same colours.
            Vector<double> axis = vectors.Column(width - 1 - channel);
            double[] values = [.. x * axis * Math.Sign(axis[axis.AbsoluteMaximumIndex()])], sorted = [.. values.Order()];
            (double least, double most) = (sorted[(int)(Tail * (rows - 1))], sorted[(int)((1 - Tail) * (rows - 1))]);
            for (int row = 0; row < rows; row++)
            {
                double share = most > least ? (values[row] - least) / (most - least) : 0.5;
                colors[(3 * row) + channel] = (byte)Math.Round(255 * Math.Clamp(share, 0, 1));
            }
        }

        return colors;
    }
}
