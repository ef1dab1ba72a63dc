using MathNet.Numerics.LinearAlgebra;

namespace DoRA.Pipeline.Scores;

/// <summary>
/// A linear classifier with a closed form: one-hot targets, squared error, and λ times the squared weights. Features are centred and
/// divided by one common scale, so that λ means the same for every encoder. Solved in the dual, <c>(X Xᵀ + λ I) A = Y</c>, since there
/// are fewer images than features or about as many.
/// </summary>
public sealed class RidgeClassifier
{
    private readonly Vector<double> _center;
    private readonly Matrix<double> _weights;

    private RidgeClassifier(Vector<double> center, Matrix<double> weights) => (_center, _weights) = (center, weights);

    /// <param name="features">[images, width].</param>
    /// <param name="labels">The images' classes.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="strength">λ, as a share of the mean squared length of the centred features.</param>
    public static RidgeClassifier Fit(float[] features, int[] labels, int classes, double strength)
    {
        Matrix<double> x = ToMatrix(features, labels.Length);
        Vector<double> center = x.ColumnSums() / labels.Length;
        Subtract(x, center);
        Matrix<double> gram = x.TransposeAndMultiply(x);

        // Features that are all alike have no scale; anything positive keeps the system solvable, and all weights are zero.
        double scale = gram.Trace() / labels.Length;
        double lambda = scale > 0 ? strength * scale : 1;
        Matrix<double> targets =
            Matrix<double>.Build.Dense(labels.Length, classes, (image, label) => (labels[image] == label ? 1 : 0) - (1.0 / classes));
        gram.SetDiagonal(gram.Diagonal() + lambda);
        return new(center, x.TransposeThisAndMultiply(gram.Cholesky().Solve(targets)));
    }

    /// <summary>The share of images whose highest output is their class; of equal outputs the lowest class counts.</summary>
    public double Accuracy(float[] features, int[] labels)
    {
        Matrix<double> x = ToMatrix(features, labels.Length);
        Subtract(x, _center);
        Matrix<double> outputs = x * _weights;
        int right = Enumerable.Range(0, labels.Length).Count(image => outputs.Row(image).MaximumIndex() == labels[image]);
        return right / (double)labels.Length;
    }

    private static Matrix<double> ToMatrix(float[] features, int images)
    {
        int width = features.Length / images;
        return Matrix<double>.Build.Dense(images, width, (row, column) => features[(row * width) + column]);
    }

    private static void Subtract(Matrix<double> x, Vector<double> center) =>
        x.MapIndexedInplace((_, column, value) => value - center[column], Zeros.Include);
}
