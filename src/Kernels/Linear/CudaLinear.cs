using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Linear;

/// <summary>The three products of a linear layer as <see cref="CudaProduct"/>: only the operands' layouts and the targets differ.</summary>
internal sealed class CudaLinear(CudaDevice device) : LinearKernels
{
    private readonly CudaKernel _forward = device.Kernel(Product), _input = device.Kernel(InputGradient),
        _weight = device.Kernel(WeightGradient);

    public override void Forward(DeviceSpan y, RowSpan x, DeviceSpan weight, LinearSize size, in LinearEpilogue epilogue) =>
        _forward.Launch(CudaProduct.Grid(size.Rows, size.Outputs), CudaProduct.GroupSize, y, x.Span, x.Stride, weight,
            epilogue.ColumnScale, epilogue.Bias, epilogue.Preactivation, epilogue.RowScale, epilogue.RowsPerScale, epilogue.Residual,
            KernelArgument.Of(size));

    public override void BackwardInput(RowSpan dX, DeviceSpan dY, DeviceSpan weight, LinearSize size, in LinearGradient gradient) =>
        _input.Launch(CudaProduct.Grid(size.Rows, size.Inputs), CudaProduct.GroupSize, dX.Span, dX.Stride, dY, weight, gradient.ColumnScale,
            gradient.RowScale, gradient.RowsPerScale, gradient.InputPreactivation, gradient.Accumulate, KernelArgument.Of(size));

    public override void BackwardWeight(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, RowSpan x, LinearSize size,
        in LinearGradient gradient) =>
        _weight.Launch(CudaProduct.Grid(size.Outputs, size.Inputs), CudaProduct.GroupSize, dWeight, dBias, dY, x.Span, x.Stride,
            gradient.RowScale, gradient.RowsPerScale, gradient.Accumulate, KernelArgument.Of(size));

    private static void Product(ArrayView<float> y, ArrayView<float> x, int stride, ArrayView<float> weight, ArrayView<float> columnScale,
        ArrayView<float> bias, ArrayView<float> preactivation, ArrayView<float> rowScale, int rowsPerScale, ArrayView<float> residual,
        LinearSize size) =>
        CudaProduct.Run(
            new CudaLineOperand(x, stride),
            new CudaLineOperand(weight, size.Inputs),
            new CudaLinearTarget(y, columnScale, bias, preactivation, rowScale, rowsPerScale, residual, size.Outputs),
            size.Rows, size.Outputs, size.Inputs);

    private static void InputGradient(ArrayView<float> dX, int stride, ArrayView<float> dY, ArrayView<float> weight,
        ArrayView<float> columnScale, ArrayView<float> rowScale, int rowsPerScale, ArrayView<float> preactivation, int accumulate,
        LinearSize size) =>
        CudaProduct.Run(
            new CudaLineOperand(dY, size.Outputs),
            new CudaColumnOperand(weight, size.Inputs, columnScale, 1),
            new CudaInputGradientTarget(dX, stride, rowScale, rowsPerScale, preactivation, accumulate, size.Inputs),
            size.Rows, size.Inputs, size.Outputs);

    private static void WeightGradient(ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<float> dY, ArrayView<float> x,
        int stride, ArrayView<float> rowScale, int rowsPerScale, int accumulate, LinearSize size) =>
        CudaProduct.Run(
            new CudaColumnOperand(dY, size.Outputs, rowScale, rowsPerScale),
            new CudaColumnOperand(x, stride, rowScale.SubView(0, 0), 1),
            new CudaWeightGradientTarget(dWeight, dBias, accumulate, size.Inputs),
            size.Outputs, size.Inputs, size.Rows);
}
