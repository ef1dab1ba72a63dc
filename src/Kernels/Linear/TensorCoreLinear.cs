using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Linear;

/// <summary>
/// The three products of a linear layer on tensor cores: activations, their gradients and the weight are bf16, everything else float32.
/// Where rows do not begin at multiples of 16 bytes the same product loads and stores element by element. Only what has neither such rows nor
/// factors along k has a kernel for warpgroups: these read the copies as they are.
/// </summary>
internal sealed class TensorCoreLinear(CudaDevice device) : LinearKernels
{
    private readonly TensorCoreKernel
        _forward = new(device, Product<WideAccess, Multiply>, Product<WideAccess, SumParts>, Product<WideAccess, MultiplyByWarpgroups>),
        _forwardElements = new(device, Product<ElementAccess, Multiply>, Product<ElementAccess, SumParts>),
        _input = new(device, InputGradient<WideAccess, Unscaled, Multiply>, InputGradient<WideAccess, Unscaled, SumParts>,
            InputGradient<WideAccess, Unscaled, MultiplyByWarpgroups>),
        _inputScaled = new(device, InputGradient<WideAccess, DepthScale, Multiply>, InputGradient<WideAccess, Unscaled, SumParts>),
        _inputElements = new(device, InputGradient<ElementAccess, Unscaled, Multiply>, InputGradient<ElementAccess, Unscaled, SumParts>),
        _inputElementsScaled =
            new(device, InputGradient<ElementAccess, DepthScale, Multiply>, InputGradient<ElementAccess, Unscaled, SumParts>),
        _weight = new(device, WeightGradient<WideAccess, Unscaled, Multiply>, WeightGradient<WideAccess, Unscaled, SumParts>,
            WeightGradient<WideAccess, Unscaled, MultiplyByWarpgroups>),
        _weightScaled = new(device, WeightGradient<WideAccess, DepthScale, Multiply>, WeightGradient<WideAccess, Unscaled, SumParts>),
        _weightElements = new(device, WeightGradient<ElementAccess, Unscaled, Multiply>, WeightGradient<ElementAccess, Unscaled, SumParts>),
        _weightElementsScaled =
            new(device, WeightGradient<ElementAccess, DepthScale, Multiply>, WeightGradient<ElementAccess, Unscaled, SumParts>);

    public override void Forward(DeviceSpan y, RowSpan x, DeviceSpan weight, LinearSize size, in LinearEpilogue epilogue)
    {
        ProductOperands.Require(ElementType.BFloat16, ("y", y), ("x", x.Span), ("weight", weight),
            ("preactivation", epilogue.Preactivation), ("residual", epilogue.Residual));
        ProductOperands.Require(ElementType.Float32, ("column scale", epilogue.ColumnScale), ("bias", epilogue.Bias),
            ("row scale", epilogue.RowScale));
        bool isWide = ProductOperands.AreWide([x.Stride, size.Inputs, size.Outputs],
            y, x.Span, weight, epilogue.ColumnScale, epilogue.Bias, epilogue.Preactivation, epilogue.Residual);
        (isWide ? _forward : _forwardElements).Launch(ProductShape.Of(size.Rows, size.Outputs, size.Inputs), y, x.Span, x.Stride, weight,
            epilogue.ColumnScale, epilogue.Bias, epilogue.Preactivation, epilogue.RowScale, epilogue.RowsPerScale, epilogue.Residual);
    }

    public override void BackwardInput(RowSpan dX, DeviceSpan dY, DeviceSpan weight, LinearSize size, in LinearGradient gradient)
    {
        ProductOperands.Require(ElementType.BFloat16, ("dX", dX.Span), ("dY", dY), ("weight", weight),
            ("preactivation", gradient.InputPreactivation));
        ProductOperands.Require(ElementType.Float32, ("column scale", gradient.ColumnScale), ("row scale", gradient.RowScale));
        if (gradient.Accumulate && !gradient.InputPreactivation.IsEmpty)
        {
            throw new ArgumentException("An input gradient that is added to may have no preactivation.");
        }

        bool isWide = ProductOperands.AreWide([dX.Stride, size.Inputs, size.Outputs], dX.Span, dY, weight, gradient.InputPreactivation);
        TensorCoreKernel kernel = (isWide, gradient.ColumnScale.IsEmpty) switch
        {
            (true, true) => _input,
            (true, false) => _inputScaled,
            (false, true) => _inputElements,
            (false, false) => _inputElementsScaled,
        };
        kernel.Launch(ProductShape.Of(size.Rows, size.Inputs, size.Outputs), dX.Span, dX.Stride, dY, weight, gradient.ColumnScale,
            gradient.RowScale, gradient.RowsPerScale, gradient.InputPreactivation, gradient.Accumulate);
    }

    public override void BackwardWeight(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, RowSpan x, LinearSize size,
        in LinearGradient gradient)
    {
        ProductOperands.Require(ElementType.BFloat16, ("dY", dY), ("x", x.Span));
        ProductOperands.Require(ElementType.Float32, ("dWeight", dWeight), ("dBias", dBias), ("row scale", gradient.RowScale));
        bool isWide = ProductOperands.AreWide([x.Stride, size.Inputs, size.Outputs], dWeight, dY, x.Span);
        TensorCoreKernel kernel = (isWide, gradient.RowScale.IsEmpty) switch
        {
            (true, true) => _weight,
            (true, false) => _weightScaled,
            (false, true) => _weightElements,
            (false, false) => _weightElementsScaled,
        };
        kernel.Launch(ProductShape.Of(size.Outputs, size.Inputs, size.Rows), dWeight, dBias, dY, x.Span, x.Stride, gradient.RowScale,
            gradient.RowsPerScale, gradient.Accumulate);
    }

    private static void Product<TAccess, TPhase>(ProductShape shape, ArrayView<float> partials, ArrayView<BFloat16> y,
        ArrayView<BFloat16> x, int stride, ArrayView<BFloat16> weight, ArrayView<float> columnScale, ArrayView<float> bias,
        ArrayView<BFloat16> preactivation, ArrayView<float> rowScale, int rowsPerScale, ArrayView<BFloat16> residual)
        where TAccess : struct, IProductAccess
        where TPhase : struct, IProductPhase =>
        default(TPhase).Run(
            new LineSide<MatrixSource<TAccess>>(new(x, stride)),
            new LineSide<MatrixSource<TAccess>>(new(weight, shape.Depth)),
            default(Unscaled),
            new TensorCoreLinearTarget<TAccess>(y, columnScale, bias, preactivation, rowScale, rowsPerScale, residual, shape.Columns),
            shape, partials);

    private static void InputGradient<TAccess, TScale, TPhase>(ProductShape shape, ArrayView<float> partials, ArrayView<BFloat16> dX,
        int stride, ArrayView<BFloat16> dY, ArrayView<BFloat16> weight, ArrayView<float> columnScale, ArrayView<float> rowScale,
        int rowsPerScale, ArrayView<BFloat16> preactivation, int accumulate)
        where TAccess : struct, IProductAccess
        where TScale : struct, IDepthScale<TScale>
        where TPhase : struct, IProductPhase =>
        default(TPhase).Run(
            new LineSide<MatrixSource<TAccess>>(new(dY, shape.Depth)),
            new ColumnSide<MatrixSource<TAccess>>(new(weight, shape.Columns)),
            default(TScale).Of(columnScale, 1),
            new TensorCoreInputGradientTarget<TAccess>(dX, stride, rowScale, rowsPerScale, preactivation, accumulate, shape.Columns),
            shape, partials);

    private static void WeightGradient<TAccess, TScale, TPhase>(ProductShape shape, ArrayView<float> partials, ArrayView<float> dWeight,
        ArrayView<float> dBias, ArrayView<BFloat16> dY, ArrayView<BFloat16> x, int stride, ArrayView<float> rowScale, int rowsPerScale,
        int accumulate)
        where TAccess : struct, IProductAccess
        where TScale : struct, IDepthScale<TScale>
        where TPhase : struct, IProductPhase =>
        default(TPhase).Run(
            new ColumnSide<MatrixSource<TAccess>>(new(dY, shape.Rows)),
            new ColumnSide<MatrixSource<TAccess>>(new(x, stride)),
            default(TScale).Of(rowScale, rowsPerScale),
            new TensorCoreWeightGradientTarget<TAccess>(dWeight, dBias, accumulate, shape.Columns),
            shape, partials);
}
