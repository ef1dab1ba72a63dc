using DoRA.Kernels;

namespace DoRA.Autograd.Ops;

/// <summary><c>y = (x − mean) · rstd · weight + bias</c> over the last axis.</summary>
public sealed class LayerNormOp : Op
{
    private LayerNormOp(Tape tape, Tensor x, Parameter weight, Parameter bias) : base(tape)
    {
        X = x;
        Weight = weight;
        Bias = bias;
        Mean = Save(x.Rows);
        Rstd = Save(x.Rows);
    }

    public Tensor X { get; }

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    /// <summary>[rows].</summary>
    public DeviceSpan Mean { get; }

    /// <summary>[rows].</summary>
    public DeviceSpan Rstd { get; }

    public static Tensor Forward(Tape tape, Tensor x, Parameter weight, Parameter bias, float epsilon)
    {
        LayerNormOp op = new(tape, x, weight, bias);
        Tensor y = new(tape.Rent(x.Length), [.. x.Shape], false);
        tape.Device.Kernels.LayerNorm.Forward(y.Data, op.Mean, op.Rstd, x.Data, weight.Data, bias.Data, x.Rows, x.Width, epsilon);
        return op.Complete(y, x, weight, bias);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        bool accumulateWeights = ClaimTogether(Weight, Bias);
        bool accumulateInput = Claim(X);
        Kernels.LayerNorm.Backward(X.Gradient, Weight.Gradient, Bias.Gradient, Output.Gradient, X.Data, Mean, Rstd, Weight.Data,
            X.Rows, X.Width, accumulateInput, accumulateWeights);
    }
}
