using DoRA.Kernels;
using DoRA.Kernels.Linear;

namespace DoRA.Autograd.Ops;

/// <summary>
/// <c>Y = residual + rowScale · gelu(X Wᵀ + b)</c>, each part where given. X is any rows of a tensor, W [outputs, inputs] and b
/// may be slices of a packed weight.
/// </summary>
/// <remarks>
/// GELU keeps its input, and the layer that reads Y carries the gradient back through GELU in its own product
/// (<see cref="Tensor.Preactivation"/>). The residual's gradient is Y's own, and takes over its memory.
/// </remarks>
public sealed class LinearOp : Op
{
    private LinearOp(Tape tape, TensorRows x, TensorSlice weight, TensorSlice? bias, RowScale rowScale) : base(tape)
    {
        X = x;
        Weight = weight;
        Bias = bias;
        RowScale = rowScale;
        int inputs = weight.Tensor.Width;
        Size = new(x.Count, inputs, (int)(weight.Length / inputs));
    }

    public TensorRows X { get; }

    public TensorSlice Weight { get; }

    public TensorSlice? Bias { get; }

    public Tensor? Residual { get; private init; }

    public RowScale RowScale { get; }

    public LinearSize Size { get; }

    /// <param name="x">[rows, inputs]; the rows' gradient is added where they are not the whole tensor, so the whole's first share
    /// comes from an operation recorded later.</param>
    /// <param name="residual">[rows, outputs]; nothing recorded later may read it.</param>
    /// <returns>[…, outputs] with the leading extents of x, or [rows, outputs] where x is not a whole tensor.</returns>
    public static Tensor Forward(
        Tape tape,
        TensorRows x,
        TensorSlice weight,
        TensorSlice? bias,
        bool gelu = false,
        Tensor? residual = null,
        RowScale rowScale = default)
    {
        LinearOp op = new(tape, x, weight, bias, rowScale) { Residual = residual };
        DeviceSpan y = tape.Rent((long)op.Size.Rows * op.Size.Outputs);
        bool tracked = tape.Tracks(x.Tensor, weight.Tensor);
        DeviceSpan preactivation = !gelu ? default : tracked ? op.Save(y.Length, y.Type) : y;
        tape.Device.Kernels.Linear.Forward(y, x.Data, weight.Data.Operand, op.Size, new LinearEpilogue
        {
            Bias = bias?.Data ?? default,
            Preactivation = preactivation,
            RowScale = rowScale.Scales,
            RowsPerScale = rowScale.RowsPerSample,
            Residual = residual?.Data ?? default,
        });
        Tensor output = new(y, op.OutputShape(), tracked) { Preactivation = tracked ? preactivation : default };
        return op.Complete(output, op.Parents());
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        LinearGradient gradient = new() { RowScale = RowScale.Scales, RowsPerScale = RowScale.RowsPerSample };
        if (X.Tensor.RequiresGradient)
        {
            bool accumulate = X.Tensor.Claim(Tape, X.Offset, (long)X.Count * Size.Inputs);
            Kernels.Linear.BackwardInput(X.Gradient, Output.Gradient, Weight.Data.Operand, Size,
                gradient with { Accumulate = accumulate, InputPreactivation = X.Tensor.Preactivation });
        }

        if (Weight.RequiresGradient)
        {
            bool accumulate = Bias is { } bias ? ClaimTogether(Weight, bias) : ClaimTogether(Weight);
            Kernels.Linear.BackwardWeight(Weight.Gradient, Bias?.Gradient ?? default, Output.Gradient, X.Data, Size,
                gradient with { Accumulate = accumulate });
        }

        if (Residual is { RequiresGradient: true })
        {
            Residual.Adopt(Output.TakeGradient());
        }
    }

    private Tensor[] Parents()
    {
        List<Tensor> parents = [X.Tensor, Weight.Tensor];
        if (Bias is { } bias)
        {
            parents.Add(bias.Tensor);
        }

        if (Residual is not null)
        {
            parents.Add(Residual);
        }

        return [.. parents];
    }

    private int[] OutputShape() => X.Count == X.Tensor.Rows && X.Stride == X.Tensor.Width
        ? [.. X.Tensor.Shape.SkipLast(1), Size.Outputs]
        : [Size.Rows, Size.Outputs];
}
