namespace DoRA.Kernels.Linear;

/// <summary>Sizes of a linear layer.</summary>
/// <param name="Rows">Tokens or images.</param>
/// <param name="Inputs">Width of the input.</param>
/// <param name="Outputs">Width of the output.</param>
public readonly record struct LinearSize(int Rows, int Inputs, int Outputs);

/// <summary>What is done to the product before it is stored, in the order of the members. Absent members do nothing.</summary>
public readonly record struct LinearEpilogue
{
    /// <summary>[outputs], multiplies each column: weight normalisation's g/‖v‖.</summary>
    public DeviceSpan ColumnScale { get; init; }

    /// <summary>[outputs], added to each row.</summary>
    public DeviceSpan Bias { get; init; }

    /// <summary>[rows, outputs], written: the value before GELU. When present, GELU is applied. May be the output itself where
    /// nothing reads it afterwards.</summary>
    public DeviceSpan Preactivation { get; init; }

    /// <summary>[rows / RowsPerScale], multiplies groups of rows: stochastic depth's 0 or 1/(1 − rate) per sample.</summary>
    public DeviceSpan RowScale { get; init; }

    /// <summary>Rows that share one element of <see cref="RowScale"/>.</summary>
    public int RowsPerScale { get; init; }

    /// <summary>[rows, outputs], added last: the residual stream. May be the output itself.</summary>
    public DeviceSpan Residual { get; init; }
}

/// <summary>What the gradient products take beside their operands. Absent members do nothing.</summary>
public readonly record struct LinearGradient
{
    /// <summary>Add to the destination instead of overwriting it.</summary>
    public bool Accumulate { get; init; }

    /// <summary>[outputs], as in the forward epilogue: dY is multiplied by it.</summary>
    public DeviceSpan ColumnScale { get; init; }

    /// <summary>As in the forward epilogue: dY is multiplied by it.</summary>
    public DeviceSpan RowScale { get; init; }

    /// <summary>Rows that share one element of <see cref="RowScale"/>.</summary>
    public int RowsPerScale { get; init; }

    /// <summary>[rows, inputs], for the input's gradient only: the layer's input was GELU of this, and the gradient
    /// is carried through: dX is multiplied by GELU'(preactivation) before it is stored.</summary>
    public DeviceSpan InputPreactivation { get; init; }
}

/// <summary>
/// The linear layer <c>Y = X Wᵀ + b</c> with fused epilogues, and its gradients.
/// X is [rows, inputs], W is [outputs, inputs], Y is [rows, outputs], all row-major.
/// GELU is <c>x Φ(x) = x/2 (1 + erf(x/√2))</c>. Products are accumulated in float32 or better.
/// </summary>
public abstract class LinearKernels
{
    /// <summary><c>Y = residual + rowScale · gelu(columnScale · (X Wᵀ) + bias)</c>, each part only where given.</summary>
    public abstract void Forward(DeviceSpan y, RowSpan x, DeviceSpan weight, LinearSize size, in LinearEpilogue epilogue);

    /// <summary><c>dX = (scaled dY) W · gelu'(preactivation)</c>. With <see cref="LinearGradient.Accumulate"/> the
    /// product is added to what <paramref name="dX"/> holds; then no preactivation may be given.</summary>
    public abstract void BackwardInput(RowSpan dX, DeviceSpan dY, DeviceSpan weight, LinearSize size, in LinearGradient gradient);

    /// <summary><c>dW = (scaled dY)ᵀ X</c> and <c>dBias = Σ_rows scaled dY</c>; <paramref name="dBias"/> is optional.
    /// Both add to their destination with <see cref="LinearGradient.Accumulate"/>. <see cref="LinearGradient.ColumnScale"/>
    /// is not used: weight normalisation carries its own gradient on.</summary>
    public abstract void BackwardWeight(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, RowSpan x, LinearSize size, in LinearGradient gradient);
}
