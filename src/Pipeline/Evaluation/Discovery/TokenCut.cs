using DoRA.Pipeline.Evaluation.Measures;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>
/// TokenCut (Wang et al., CVPR 2022): the normalised cut (Shi and Malik, 2000) of a graph whose edges weigh 1 between patches with a
/// cosine above τ and ε between others. Of <c>(D − A) v = λ D v</c> the second smallest v parts the patches at its mean; the side of its
/// largest magnitude is the foreground.
/// </summary>
public static class TokenCut
{
    private const double Tau = 0.2, Epsilon = 1e-5;

    /// <param name="cosines">[n, n].</param>
    public static TokenCutObject Find(float[] cosines, PatchMap map)
    {
        int patches = map.Rows * map.Columns;
        double[] degrees = [.. Enumerable.Range(0, patches).Select(row => Enumerable.Range(0, patches).Sum(column => Weight(row, column)))];

        // With u = D^½ v the problem is that of a symmetric matrix, and u'u = 1 makes v'Dv = 1.
        Matrix<double> laplacian = DenseMatrix.Create(patches, patches, (row, column) =>
            ((row == column ? degrees[row] : 0) - Weight(row, column)) / Math.Sqrt(degrees[row] * degrees[column]));
        Evd<double> decomposition = laplacian.Evd(Symmetricity.Symmetric);
        double[] vector = [.. decomposition.EigenVectors.Column(1).Select((value, patch) => value / Math.Sqrt(degrees[patch]))];
        double mean = vector.Sum() / patches;
        int seed = Enumerable.Range(0, patches).MaxBy(patch => Math.Abs(vector[patch]));
        bool isPositive = vector[seed] > mean;
        bool[] foreground = [.. vector.Select(value => value > mean == isPositive)];
        int[] parts = Components.Label(foreground, map.Columns);
        return new(
            degrees, [.. decomposition.EigenValues.Select(value => value.Real)], [.. vector.Select(value => isPositive ? value : -value)],
                foreground, seed,
            [.. parts.Select(part => part == parts[seed])],
                map.InsidePicture(Components.BoxAround(parts, map.Columns, parts[seed])!.Value));

        double Weight(int row, int column) => cosines[(row * patches) + column] > Tau ? 1 : Epsilon;
    }
}

/// <summary>What TokenCut found.</summary>
/// <param name="Eigenvalues">Ascending; the first is 0.</param>
/// <param name="Eigenvector">The second, largest in the foreground, of length 1 in the metric of the degrees.</param>
/// <param name="Mask">The foreground's part that the seed is in.</param>
/// <param name="Box">In pixels.</param>
public sealed record TokenCutObject(
    double[] Degrees, double[] Eigenvalues, double[] Eigenvector, bool[] Foreground, int Seed, bool[] Mask, Box Box);
