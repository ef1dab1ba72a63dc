using DoRA.Kernels;
using DoRA.Kernels.PositionEmbedding;

namespace DoRA.Autograd.Ops;

/// <summary>The position table [1 + g², d], resized bicubically by DINO's rule for pictures of another size than its own.</summary>
public sealed class PositionEmbeddingOp : Op
{
    private PositionEmbeddingOp(Tape tape, Parameter table, PositionEmbeddingSize size) : base(tape)
    {
        Table = table;
        Size = size;
    }

    public Parameter Table { get; }

    public PositionEmbeddingSize Size { get; }

    /// <returns>[1 + gridHeight · gridWidth, d]; the table itself where it fits.</returns>
    public static Tensor Forward(Tape tape, Parameter table, PositionEmbeddingSize size)
    {
        if (size.IsNative)
        {
            return table;
        }

        PositionEmbeddingOp op = new(tape, table, size);
        int tokens = 1 + (size.GridHeight * size.GridWidth);
        // As the table; it is small, and its gradient is a sum over all views.
        Tensor resized = new(tape.Arena.Rent((long)tokens * size.Embedding, ElementType.Float32), [tokens, size.Embedding], false);
        tape.Device.Kernels.PositionEmbedding.Forward(resized.Data, table.Data, size);
        return op.Complete(resized, table);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        bool accumulate = Claim(Table);
        Kernels.PositionEmbedding.Backward(Table.Gradient, Output.Gradient, Size, accumulate);
    }
}
