using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>A run of a tensor's elements: some output rows of a weight, or their biases. A whole tensor converts to itself.</summary>
public readonly record struct TensorSlice(Tensor Tensor, long Start, long Length)
{
    public DeviceSpan Data => Tensor.Data.Slice(Start, Length);

    public DeviceSpan Gradient => Tensor.Gradient.Slice(Start, Length);

    public bool RequiresGradient => Tensor.RequiresGradient;

    public static implicit operator TensorSlice(Tensor tensor) => new(tensor, 0, tensor.Length);
}
