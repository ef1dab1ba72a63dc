using DoRA.Kernels;
using DoRA.Kernels.Linear;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Fusion;

/// <summary>The epilogues of the linear layers: two images of 197 tokens in ViT-small.</summary>
internal static class LinearFusions
{
    private const int Rows = 2 * 197;

    private static readonly LinearSize Up = new(Rows, 384, 1536), Down = new(Rows, 1536, 384);

    public static IEnumerable<FusionCase> All =>
    [
        new("linear, bias, GELU", Shape(Up), Gelu), new("linear, bias, stochastic depth, residual", Shape(Down), Residual),
        new("input gradient through GELU", Shape(Down), InputGradient), new("weight gradient, bias gradient", Shape(Up), WeightGradient),
    ];

    private static string Shape(LinearSize size) => $"{size.Rows}×{size.Inputs}×{size.Outputs}";

    private static FusionWork Gelu(FusionBench bench)
    {
        (DeviceSpan x, DeviceSpan w, DeviceSpan bias) = Layer(bench, Up);
        DeviceSpan y = bench.Memory.EmptyActivations((long)Rows * Up.Outputs), before = bench.Memory.EmptyActivations(y.Length),
            chained = bench.Memory.EmptyActivations(y.Length);
        return new(
            () => bench.Kernels.Linear.Forward(y, new(x, Up.Inputs), w, Up, new() { Bias = bias, Preactivation = before }),
            () =>
            {
                bench.Kernels.Linear.Forward(before, new(x, Up.Inputs), w, Up, default);
                bench.Each(FusionKernels.AddBias, before.Length, before, bias);
                bench.Each(FusionKernels.Gelu, before.Length, chained, before);
            },
            y, chained);
    }

    private static FusionWork Residual(FusionBench bench)
    {
        (DeviceSpan x, DeviceSpan w, DeviceSpan bias) = Layer(bench, Down);
        DeviceSpan y = bench.Memory.EmptyActivations((long)Rows * Down.Outputs), chained = bench.Memory.EmptyActivations(y.Length),
            residual = bench.Memory.Activations(CheckNumbers.Uniform(4, y.Length)), scales = bench.Memory.Floats([0, 1.1f]);
        return new(
            () => bench.Kernels.Linear.Forward(
                y, new(x, Down.Inputs), w, Down, new() { Bias = bias, RowScale = scales, RowsPerScale = 197, Residual = residual }),
            () =>
            {
                bench.Kernels.Linear.Forward(chained, new(x, Down.Inputs), w, Down, default);
                bench.Each(FusionKernels.AddBias, chained.Length, chained, bias);
                bench.Each(FusionKernels.ScaleRows, chained.Length, chained, scales, 197 * Down.Outputs);
                bench.Each(FusionKernels.Add, chained.Length, chained, residual);
            },
            y, chained);
    }

    private static FusionWork InputGradient(FusionBench bench)
    {
        (DeviceSpan before, DeviceSpan w, _) = Layer(bench, Down);
        DeviceSpan dY = bench.Memory.Activations(CheckNumbers.Uniform(5, (long)Rows * Down.Outputs)), dX = bench.Memory.EmptyActivations(before.Length),
            chained = bench.Memory.EmptyActivations(before.Length);
        return new(
            () => bench.Kernels.Linear.BackwardInput(new(dX, Down.Inputs), dY, w, Down, new() { InputPreactivation = before }),
            () =>
            {
                bench.Kernels.Linear.BackwardInput(new(chained, Down.Inputs), dY, w, Down, default);
                bench.Each(FusionKernels.GeluGradient, chained.Length, chained, before);
            },
            dX, chained);
    }

    private static FusionWork WeightGradient(FusionBench bench)
    {
        (DeviceSpan x, _, _) = Layer(bench, Up);
        DeviceSpan dY = bench.Memory.Activations(CheckNumbers.Uniform(5, (long)Rows * Up.Outputs)), dW = bench.Memory.EmptyFloats((long)Up.Inputs * Up.Outputs),
            dBias = bench.Memory.EmptyFloats(Up.Outputs), chained = bench.Memory.EmptyFloats(Up.Outputs);
        return new(
            () => bench.Kernels.Linear.BackwardWeight(dW, dBias, dY, new(x, Up.Inputs), Up, default),
            () =>
            {
                bench.Kernels.Linear.BackwardWeight(dW, default, dY, new(x, Up.Inputs), Up, default);
                bench.Each(FusionKernels.ColumnSums, Up.Outputs, chained, dY, Rows);
            },
            dBias, chained);
    }

    private static (DeviceSpan X, DeviceSpan Weight, DeviceSpan Bias) Layer(FusionBench bench, LinearSize size) => (
        bench.Memory.Activations(CheckNumbers.Uniform(1, (long)size.Rows * size.Inputs)),
        bench.Memory.Weights(CheckNumbers.Uniform(2, (long)size.Outputs * size.Inputs, 0.1f)), bench.Memory.Floats(CheckNumbers.Uniform(3, size.Outputs)));
}
