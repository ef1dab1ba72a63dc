using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Linear;

/// <summary>Linear layers on the CPU, at one vector width.</summary>
internal static class CpuLinear
{
    public static LinearKernels Create(CpuThreads threads, VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => new CpuLinear<Lanes512, Vector512<float>>(threads),
        VectorWidth.Bits256 => new CpuLinear<Lanes256, Vector256<float>>(threads),
        _ => new CpuLinear<Lanes128, Vector128<float>>(threads),
    };
}

/// <summary>The products of a linear layer as <see cref="MatrixProduct{L, V}"/>: only operands' layouts and tile targets differ.</summary>
internal sealed unsafe class CpuLinear<L, V>(CpuThreads threads) : LinearKernels
    where L : ILanes<V>
    where V : struct
{
    public override void Forward(DeviceSpan y, RowSpan x, DeviceSpan weight, LinearSize size, in LinearEpilogue epilogue) =>
        MatrixProduct<L, V>.Run(
            threads,
            new LineOperand(x.Span.Floats(), x.Stride),
            new LineOperand(weight.Floats(), size.Inputs),
            new LinearTarget<L, V>(y.Floats(), size.Outputs, epilogue),
            size.Rows, size.Outputs, size.Inputs);

    public override void BackwardInput(RowSpan dX, DeviceSpan dY, DeviceSpan weight, LinearSize size, in LinearGradient gradient) =>
        MatrixProduct<L, V>.Run(
            threads,
            new LineOperand(dY.Floats(), size.Outputs),
            new ColumnOperand<L, V>(weight.Floats(), size.Inputs, gradient.ColumnScale.FloatsOrNull(), 1, null, false),
            new InputGradientTarget<L, V>(dX, size.Inputs, gradient),
            size.Rows, size.Inputs, size.Outputs);

    public override void BackwardWeight(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, RowSpan x, LinearSize size, in LinearGradient gradient) =>
        MatrixProduct<L, V>.Run(
            threads,
            new ColumnOperand<L, V>(dY.Floats(), size.Outputs, gradient.RowScale.FloatsOrNull(), gradient.RowsPerScale, dBias.FloatsOrNull(), gradient.Accumulate),
            new ColumnOperand<L, V>(x.Span.Floats(), x.Stride, null, 1, null, false),
            new PlainTarget(dWeight.Floats(), size.Inputs, gradient.Accumulate),
            size.Outputs, size.Inputs, size.Rows);
}
