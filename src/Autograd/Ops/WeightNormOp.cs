using DoRA.Kernels;
using DoRA.Kernels.Linear;

namespace DoRA.Autograd.Ops;

/// <summary>
/// The weight-normed linear layer without bias: <c>y_j = (x · v_j) g_j/‖v_j‖</c>. The norm is a scale of the output's columns;
/// a normalised copy of v is never made.
/// </summary>
public sealed class WeightNormOp : Op
{
    private WeightNormOp(Tape tape, Tensor x, Parameter v, Parameter g) : base(tape)
    {
        X = x;
        V = v;
        G = g;
        Size = new(x.Rows, v.Width, v.Rows);
        Scale = Save(v.Rows);
    }

    public Tensor X { get; }

    /// <summary>Directions, [outputs, inputs].</summary>
    public Parameter V { get; }

    /// <summary>Lengths, [outputs, 1].</summary>
    public Parameter G { get; }

    public LinearSize Size { get; }

    /// <summary>g/‖v‖, [outputs].</summary>
    public DeviceSpan Scale { get; }

    public static Tensor Forward(Tape tape, Tensor x, Parameter v, Parameter g)
    {
        WeightNormOp op = new(tape, x, v, g);
        Tensor y = new(tape.Rent((long)op.Size.Rows * op.Size.Outputs), [op.Size.Rows, op.Size.Outputs], false);
        tape.Device.Kernels.WeightNorm.Forward(op.Scale, v.Data.Operand, g.Data, op.Size.Outputs, op.Size.Inputs);
        LinearEpilogue epilogue = new() { ColumnScale = op.Scale };
        tape.Device.Kernels.Linear.Forward(y.Data, new RowSpan(x.Data, x.Width), v.Data.Operand, op.Size, epilogue);
        return op.Complete(y, x, v, g);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        if (X.RequiresGradient)
        {
            bool accumulate = Claim(X);
            Kernels.Linear.BackwardInput(new RowSpan(X.Gradient, X.Width), Output.Gradient, V.Data.Operand, Size,
                new LinearGradient { Accumulate = accumulate, ColumnScale = Scale });
        }

        if (V.RequiresGradient)
        {
            BackwardWeight();
        }
    }

    private void BackwardWeight()
    {
        // What comes together in V's gradient is that of the normalised weight; it goes through the norm once, when it is whole.
        bool accumulate = Claim(V);
        Kernels.Linear.BackwardWeight(
            V.Gradient, default, Output.Gradient, new RowSpan(X.Data, X.Width), Size, new LinearGradient { Accumulate = accumulate });
        if (G.RequiresGradient)
        {
            Claim(G);
        }

        if (Tape.IsLastWalk)
        {
            Kernels.WeightNorm.Backward(V.Gradient, G.Gradient, V.Data.Operand, G.Data, Size.Outputs, Size.Inputs);
        }
    }
}
