using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>Rows inside a tensor's wider rows, with the same rows of its gradient. A whole tensor converts to all its rows.</summary>
/// <param name="Tensor">What the rows lie in.</param>
/// <param name="Offset">First element of row 0.</param>
/// <param name="Stride">Elements between the starts of two neighbouring rows.</param>
/// <param name="Count">Number of rows.</param>
public readonly record struct TensorRows(Tensor Tensor, int Offset, int Stride, int Count)
{
    public RowSpan Data => new(Tensor.Data.Slice(Offset), Stride);

    public RowSpan Gradient => new(Tensor.Gradient.Slice(Offset), Stride);

    public static implicit operator TensorRows(Tensor tensor) => new(tensor, 0, tensor.Width, tensor.Rows);
}
