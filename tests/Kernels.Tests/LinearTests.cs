using CsCheck;
using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class LinearTests
{
    // A sum of n products of float32 is off by at most n u Σ|a||b| with u = 2⁻²⁴, in whatever order it is formed (Higham, Accuracy and
    // Stability of Numerical Algorithms, 3.1); some more u for scales, bias and residual.
    private static double Bound(int terms) => (terms + 8) / 16777216.0;

    private static readonly Gen<(int Rows, int Inputs, int Outputs, int Seed)> s_sizes =
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 100], Gen.Int[1, 80], Gen.Int[0, int.MaxValue]);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Forward_is_the_reference_with_every_combination_of_epilogues(object width) =>
        Gen.Select(s_sizes, Gen.Int[0, 31], Gen.Int[1, 9]).Sample((size, parts, perScale) => CheckForward((VectorWidth)width, size, parts, perScale), iter: 150, threads: 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Forward_over_several_shares_of_the_inputs(object width)
    {
        for (int parts = 0; parts < 32; parts += 3)
        {
            CheckForward((VectorWidth)width, (13, 1700, 37, parts), parts, 4);
        }
    }

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Forward_whose_output_is_the_residual(object width)
    {
        foreach (int inputs in (int[])[30, 1600])
        {
            using CpuArrays arrays = new();
            Random random = new(inputs);
            LinearReference reference = new(25, inputs, 40) { Bias = CpuArrays.Random(random, 40), Residual = CpuArrays.Random(random, 25 * 40) };
            double[] x = CpuArrays.Random(random, 25 * inputs), weight = CpuArrays.Random(random, 40 * inputs);
            DeviceSpan y = arrays.Upload(reference.Residual!);
            CpuLinear.Create(arrays.Threads, (VectorWidth)width).Forward(
                y, arrays.UploadRows(x, inputs, inputs), arrays.Upload(weight), new(25, inputs, 40), new() { Bias = arrays.Upload(reference.Bias!), Residual = y });
            CpuArrays.Check("y", arrays.Download(y), reference.Forward(x, weight).Y, _ => Bound(inputs) * (inputs + 2));
        }
    }

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Input_gradient_is_the_reference(object width) =>
        Gen.Select(s_sizes, Gen.Int[0, 15], Gen.Int[1, 9]).Sample((size, parts, perScale) => CheckBackwardInput((VectorWidth)width, size, parts, perScale), iter: 150, threads: 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Input_gradient_over_several_shares_of_the_outputs(object width)
    {
        for (int parts = 0; parts < 16; parts++)
        {
            CheckBackwardInput((VectorWidth)width, (14, 35, 1700, parts), parts, 5);
        }
    }

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Weight_gradient_is_the_reference(object width) =>
        Gen.Select(s_sizes, Gen.Int[0, 7], Gen.Int[1, 9]).Sample((size, parts, perScale) => CheckBackwardWeight((VectorWidth)width, size, parts, perScale), iter: 150, threads: 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Weight_gradient_over_several_shares_of_the_rows(object width)
    {
        for (int parts = 0; parts < 8; parts++)
        {
            CheckBackwardWeight((VectorWidth)width, (1700, 35, 14, parts), parts, 50);
        }
    }

    [Test]
    public void A_product_too_long_to_pack_at_once_is_the_same_sum()
    {
        using CpuArrays arrays = new();
        const int rows = 70, inputs = 70, outputs = 66_000;
        Random random = new(3);
        double[] dY = CpuArrays.Random(random, rows * outputs), weight = CpuArrays.Random(random, outputs * inputs);
        RowSpan dX = new(arrays.Undefined(rows * inputs), inputs);
        CpuLinear.Create(arrays.Threads, VectorWidths.Widest).BackwardInput(dX, arrays.Upload(dY), arrays.Upload(weight), new(rows, inputs, outputs), default);
        CpuArrays.Check("dX", arrays.Download(dX.Span), new LinearReference(rows, inputs, outputs).BackwardInput(dY, weight, null), _ => Bound(outputs) * outputs / 3);
    }

    [Test]
    public void The_threads_do_not_change_a_bit()
    {
        Random random = new(5);
        (int rows, int inputs, int outputs) = (301, 190, 390);
        double[] x = CpuArrays.Random(random, rows * inputs), weight = CpuArrays.Random(random, outputs * inputs), dY = CpuArrays.Random(random, rows * outputs);
        float[] Run(int threads)
        {
            using CpuArrays arrays = new(threads);
            LinearKernels linear = CpuLinear.Create(arrays.Threads, VectorWidths.Widest);
            DeviceSpan y = arrays.Undefined(rows * outputs), dX = arrays.Undefined(rows * inputs), dWeight = arrays.Undefined(outputs * inputs), dBias = arrays.Undefined(outputs);
            RowSpan input = new(arrays.Upload(x), inputs);
            linear.Forward(y, input, arrays.Upload(weight), new(rows, inputs, outputs), default);
            linear.BackwardInput(new(dX, inputs), arrays.Upload(dY), arrays.Upload(weight), new(rows, inputs, outputs), default);
            linear.BackwardWeight(dWeight, dBias, arrays.Upload(dY), input, new(rows, inputs, outputs), default);
            return [.. arrays.Download(y), .. arrays.Download(dX), .. arrays.Download(dWeight), .. arrays.Download(dBias)];
        }

        float[] once = Run(1);
        foreach (int threads in (int[])[1, 2, 2, 3, 5])
        {
            Assert.That(Run(threads), Is.EqualTo(once));
        }
    }

    [Test]
    public void The_references_gradients_are_central_differences()
    {
        Random random = new(7);
        double[] x = CpuArrays.Random(random, 15), weight = CpuArrays.Random(random, 20), bias = CpuArrays.Random(random, 4), dY = CpuArrays.Random(random, 12);
        double[] preactivation = CpuArrays.Random(random, 15);
        LinearReference plain = new(3, 5, 4) { Bias = bias, RowScale = CpuArrays.Random(random, 2), RowsPerScale = 2 };
        LinearReference scaled = plain with { ColumnScale = CpuArrays.Random(random, 4) };
        CpuArrays.CheckGradient("dX", scaled.BackwardInput(dY, weight, null), x, dY, () => scaled.Forward(x, weight).Y);
        CpuArrays.CheckGradient("dX through GELU", scaled.BackwardInput(dY, weight, preactivation), preactivation, dY,
            () => scaled.Forward(Array.ConvertAll(preactivation, GeluReference.Value), weight).Y);
        (double[] dWeight, double[] dBias) = plain.BackwardWeight(dY, x);
        CpuArrays.CheckGradient("dWeight", dWeight, weight, dY, () => plain.Forward(x, weight).Y);
        CpuArrays.CheckGradient("dBias", dBias, bias, dY, () => plain.Forward(x, weight).Y);
    }

    private static void CheckForward(VectorWidth width, (int Rows, int Inputs, int Outputs, int Seed) size, int parts, int perScale)
    {
        (int rows, int inputs, int outputs, int seed) = size;
        using CpuArrays arrays = new();
        Random random = new(seed);
        LinearReference reference = new(rows, inputs, outputs)
        {
            ColumnScale = (parts & 1) != 0 ? CpuArrays.Random(random, outputs) : null,
            Bias = (parts & 2) != 0 ? CpuArrays.Random(random, outputs) : null,
            Gelu = (parts & 4) != 0,
            RowScale = (parts & 8) != 0 ? CpuArrays.Random(random, (rows + perScale - 1) / perScale) : null,
            RowsPerScale = perScale,
            Residual = (parts & 16) != 0 ? CpuArrays.Random(random, rows * outputs) : null,
        };
        double[] x = CpuArrays.Random(random, rows * inputs), weight = CpuArrays.Random(random, outputs * inputs);
        DeviceSpan y = arrays.Undefined(rows * outputs), preactivation = reference.Gelu ? arrays.Undefined(rows * outputs) : default;
        LinearEpilogue epilogue = new()
        {
            ColumnScale = Optional(arrays, reference.ColumnScale),
            Bias = Optional(arrays, reference.Bias),
            Preactivation = preactivation,
            RowScale = Optional(arrays, reference.RowScale),
            RowsPerScale = perScale,
            Residual = Optional(arrays, reference.Residual),
        };
        CpuLinear.Create(arrays.Threads, width).Forward(y, arrays.UploadRows(x, inputs, inputs + (seed % 7)), arrays.Upload(weight), new(rows, inputs, outputs), epilogue);

        (double[] expected, double[] before) = reference.Forward(x, weight);
        double[] magnitude = (reference with { Gelu = false, ColumnScale = Absolute(reference.ColumnScale), Bias = Absolute(reference.Bias), RowScale = Absolute(reference.RowScale), Residual = Absolute(reference.Residual) })
            .Forward(Absolute(x)!, Absolute(weight)!).Y;

        // GELU adds its own error, at most 2.5e-7 max(1, |x|), and stretches what came before by at most 1.13.
        CpuArrays.Check("y", arrays.Download(y), expected, i => (1.13 * Bound(inputs) * magnitude[i]) + (reference.Gelu ? 2.5e-7 * Math.Max(1, Math.Abs(before[i])) : 0));
        if (reference.Gelu)
        {
            double[] sums = (reference with { ColumnScale = Absolute(reference.ColumnScale), Bias = Absolute(reference.Bias) }).Forward(Absolute(x)!, Absolute(weight)!).Preactivation;
            CpuArrays.Check("preactivation", arrays.Download(preactivation), before, i => Bound(inputs) * sums[i]);
        }
    }

    private static void CheckBackwardInput(VectorWidth width, (int Rows, int Inputs, int Outputs, int Seed) size, int parts, int perScale)
    {
        (int rows, int inputs, int outputs, int seed) = size;
        using CpuArrays arrays = new();
        Random random = new(seed);
        LinearReference reference = new(rows, inputs, outputs)
        {
            ColumnScale = (parts & 1) != 0 ? CpuArrays.Random(random, outputs) : null,
            RowScale = (parts & 2) != 0 ? CpuArrays.Random(random, (rows + perScale - 1) / perScale) : null,
            RowsPerScale = perScale,
        };
        double[]? before = (parts & 4) != 0 ? CpuArrays.Random(random, rows * inputs) : null;
        bool accumulate = (parts & 8) != 0 && before is null;
        double[] dY = CpuArrays.Random(random, rows * outputs), weight = CpuArrays.Random(random, outputs * inputs), start = CpuArrays.Random(random, rows * inputs);
        if (!accumulate)
        {
            Array.Fill(start, double.NaN);
        }

        RowSpan dX = arrays.UploadRows(start, inputs, inputs + (seed % 7));
        LinearGradient gradient = new()
        {
            Accumulate = accumulate,
            ColumnScale = Optional(arrays, reference.ColumnScale),
            RowScale = Optional(arrays, reference.RowScale),
            RowsPerScale = perScale,
            InputPreactivation = Optional(arrays, before),
        };
        CpuLinear.Create(arrays.Threads, width).BackwardInput(dX, arrays.Upload(dY), arrays.Upload(weight), new(rows, inputs, outputs), gradient);

        double[] expected = reference.BackwardInput(dY, weight, before);
        double[] magnitude = (reference with { ColumnScale = Absolute(reference.ColumnScale), RowScale = Absolute(reference.RowScale) }).BackwardInput(Absolute(dY)!, Absolute(weight)!, null);

        // GELU' is at most 1.13 and off by at most 5e-7.
        CpuArrays.Check("dX", arrays.DownloadRows(dX, inputs), [.. expected.Select((value, i) => accumulate ? value + start[i] : value)],
            i => (1.13 * Bound(outputs) * (magnitude[i] + (accumulate ? Math.Abs(start[i]) : 0))) + (before is null ? 0 : 5e-7 * magnitude[i]));
    }

    private static void CheckBackwardWeight(VectorWidth width, (int Rows, int Inputs, int Outputs, int Seed) size, int parts, int perScale)
    {
        (int rows, int inputs, int outputs, int seed) = size;
        using CpuArrays arrays = new();
        Random random = new(seed);
        LinearReference reference = new(rows, inputs, outputs) { RowScale = (parts & 1) != 0 ? CpuArrays.Random(random, (rows + perScale - 1) / perScale) : null, RowsPerScale = perScale };
        bool accumulate = (parts & 2) != 0, withBias = (parts & 4) != 0;
        double[] dY = CpuArrays.Random(random, rows * outputs), x = CpuArrays.Random(random, rows * inputs);
        double[] weightStart = CpuArrays.Random(random, outputs * inputs), biasStart = CpuArrays.Random(random, outputs);
        DeviceSpan dWeight = accumulate ? arrays.Upload(weightStart) : arrays.Undefined(outputs * inputs);
        DeviceSpan dBias = !withBias ? default : accumulate ? arrays.Upload(biasStart) : arrays.Undefined(outputs);
        LinearGradient gradient = new() { Accumulate = accumulate, RowScale = Optional(arrays, reference.RowScale), RowsPerScale = perScale };
        CpuLinear.Create(arrays.Threads, width).BackwardWeight(
            dWeight, dBias, arrays.Upload(dY), arrays.UploadRows(x, inputs, inputs + (seed % 7)), new(rows, inputs, outputs), gradient);

        (double[] weights, double[] biases) = reference.BackwardWeight(dY, x);
        CpuArrays.Check("dWeight", arrays.Download(dWeight), [.. weights.Select((value, i) => accumulate ? value + weightStart[i] : value)], _ => Bound(rows) * (rows + 1));
        if (withBias)
        {
            CpuArrays.Check("dBias", arrays.Download(dBias), [.. biases.Select((value, i) => accumulate ? value + biasStart[i] : value)], _ => Bound(rows) * (rows + 1));
        }
    }

    private static DeviceSpan Optional(CpuArrays arrays, double[]? values) => values is null ? default : arrays.Upload(values);

    private static double[]? Absolute(double[]? values) => values is null ? null : Array.ConvertAll(values, Math.Abs);
}
