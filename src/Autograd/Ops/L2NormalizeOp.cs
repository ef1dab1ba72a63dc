using DoRA.Kernels;

namespace DoRA.Autograd.Ops;

/// <summary><c>y = x / ‖x‖</c> over the last axis.</summary>
public sealed class L2NormalizeOp : Op
{
    private L2NormalizeOp(Tape tape, Tensor x) : base(tape)
    {
        X = x;
        InverseNorm = Save(x.Rows);
    }

    public Tensor X { get; }

    /// <summary>[rows].</summary>
    public DeviceSpan InverseNorm { get; }

    public static Tensor Forward(Tape tape, Tensor x)
    {
        L2NormalizeOp op = new(tape, x);
        Tensor y = new(tape.Rent(x.Length), [.. x.Shape], false);
        tape.Device.Kernels.L2Normalize.Forward(y.Data, op.InverseNorm, x.Data, x.Rows, x.Width);
        return op.Complete(y, x);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        ClaimFirst(X);
        Kernels.L2Normalize.Backward(X.Gradient, Output.Gradient, Output.Data, InverseNorm, X.Rows, X.Width);
    }
}
