using MathNet.Numerics.LinearAlgebra;

namespace DoRA.Pipeline.Pictures;

/// <summary>
/// Patch tokens as colours: their first three principal components, over all pictures that they were found on, as red, green and blue. Alike
/// tokens have alike colours, in all pictures.
/// </summary>
internal sealed class TokenColors
{
    private const int Channels = 3;

    /// <summary>Shares of the values that are cut off at each end, so that one odd token does not take all the contrast.</summary>
    private const double Tail = 0.01;

    private readonly Vector<double> _mean;
    private readonly Matrix<double> _axes;
    private readonly (double Least, double Most)[] _ranges;

    private TokenColors(Vector<double> mean, Matrix<double> axes, (double Least, double Most)[] ranges) =>
        (_mean, _axes, _ranges) = (mean, axes, ranges);

    /// <summary>Finds the components of some tokens and colours these.</summary>
    /// <param name="tokens">[patches of all pictures, width].</param>
    /// <returns>[patches, 3]; black throughout where a token is no finite number, of which there are no components.</returns>
    public static byte[] Of(float[] tokens, int width) => Find(tokens, width)?.Colors(tokens) ?? new byte[tokens.Length / width * Channels];

    /// <summary>The components and their ranges; null where a token is no finite number.</summary>
    /// <param name="tokens">[patches of all pictures, width].</param>
    /// <param name="width">At least 3.</param>
    public static TokenColors? Find(float[] tokens, int width)
    {
        if (!tokens.All(float.IsFinite))
        {
            return null;
        }

        int rows = tokens.Length / width;
        Matrix<double> x = Rows(tokens, width);
        Vector<double> mean = x.ColumnSums() / rows;
        x.MapIndexedInplace((_, column, value) => value - mean[column], Zeros.Include);
        Matrix<double> vectors = x.TransposeThisAndMultiply(x).Evd(Symmetricity.Symmetric).EigenVectors;

        // Eigenvalues rise. The sign of a component is free; it is set so that one picture always gives the same colours.
        Matrix<double> axes = Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(1, Channels).Select(channel =>
        {
            Vector<double> axis = vectors.Column(width - channel);
            return axis * Math.Sign(axis[axis.AbsoluteMaximumIndex()]);
        }));
        Matrix<double> values = x * axes;
        return new(mean, axes, [.. Enumerable.Range(0, Channels).Select(channel =>
        {
            double[] sorted = [.. values.Column(channel).Order()];
            return (sorted[(int)(Tail * (rows - 1))], sorted[(int)((1 - Tail) * (rows - 1))]);
        })]);
    }

    /// <param name="tokens">[patches, width], of the same network.</param>
    /// <returns>[patches, 3].</returns>
    public byte[] Colors(float[] tokens)
    {
        Matrix<double> values = Rows(tokens, _mean.Count) * _axes;
        Vector<double> middle = _mean * _axes;
        byte[] colors = new byte[values.RowCount * Channels];
        for (int i = 0; i < colors.Length; i++)
        {
            (int row, int channel) = (i / Channels, i % Channels);
            (double least, double most) = _ranges[channel];
            double share = most > least ? (values[row, channel] - middle[channel] - least) / (most - least) : 0.5;
            colors[i] = (byte)Math.Round(255 * Math.Clamp(double.IsFinite(share) ? share : 0, 0, 1));
        }

        return colors;
    }

    private static Matrix<double> Rows(float[] tokens, int width) => Matrix<double>.Build.Dense(
        tokens.Length / width, width, (row, column) => tokens[(row * width) + column]);
}
