namespace DoRA.Autograd.Ops;

/// <summary>The CLS token of every sequence: x [views, tokens, width] to y [views, width].</summary>
public sealed class ClsTokenOp : Op
{
    private ClsTokenOp(Tape tape, Tensor x) : base(tape) => X = x;

    public Tensor X { get; }

    public static Tensor Forward(Tape tape, Tensor x)
    {
        int views = x.Shape[0];
        ClsTokenOp op = new(tape, x);
        Tensor y = new(tape.Rent((long)views * x.Width), [views, x.Width], false);
        tape.Device.Kernels.ClsToken.Forward(y.Data, x.Data, views, x.Shape[1], x.Width);
        return op.Complete(y, x);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        bool accumulate = Claim(X);
        Kernels.ClsToken.Backward(X.Gradient, Output.Gradient, X.Shape[0], X.Shape[1], X.Width, accumulate);
    }
}
