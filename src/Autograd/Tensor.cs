using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>
/// A value on the tape: device memory with a shape, row-major, and the gradient which the walk back leaves in it.
/// </summary>
public class Tensor
{
    private readonly int[] _shape;
    private bool _claimed;

    internal Tensor(DeviceSpan data, ReadOnlySpan<int> shape, bool requiresGradient)
    {
        Data = data;
        _shape = shape.ToArray();
        RequiresGradient = requiresGradient;
        Length = 1;
        foreach (int extent in shape)
        {
            Length *= extent;
        }
    }

    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The last extent.</summary>
    public int Width => _shape[^1];

    /// <summary>The product of all extents but the last.</summary>
    public int Rows => (int)(Length / Width);

    /// <summary>The values; absent once the tape has freed them.</summary>
    public DeviceSpan Data { get; private protected set; }

    /// <summary>The gradient, of the shape and type of the values; absent before the first share arrives and once the tape has freed it.</summary>
    public DeviceSpan Gradient { get; private protected set; }

    /// <summary>True where the walk back shall bring a gradient.</summary>
    public bool RequiresGradient { get; internal set; }

    /// <summary>True once every element of the gradient has been written.</summary>
    public virtual bool HasGradient => _claimed;

    /// <summary>True for what an operation made; parameters and constants belong to others.</summary>
    internal bool IsOwned { get; set; }

    /// <summary>
    /// Where present, the values are GELU of this, and the gradient which consumers bring is that of this: they carry it
    /// through GELU in the epilogue of their own product, so only a linear layer may consume such a tensor, and only one.
    /// </summary>
    internal DeviceSpan Preactivation { get; init; }

    /// <summary>Rows of this tensor from column <paramref name="offset"/> on, as one of several operands packed side by side.</summary>
    public TensorRows Columns(int offset) => new(this, offset, Width, Rows);

    /// <summary>The first row of each sequence of a [sequences, tokens, width] tensor: the CLS tokens.</summary>
    public TensorRows FirstRows() => new(this, 0, _shape[1] * Width, _shape[0]);

    /// <summary>
    /// Announces that a share of the gradient of <paramref name="length"/> elements from <paramref name="start"/> comes now.
    /// Returns whether those elements hold an earlier share, to which it must be added.
    /// </summary>
    internal virtual bool Claim(Tape tape, long start, long length)
    {
        if (_claimed)
        {
            return true;
        }

        if (length != Length)
        {
            throw new InvalidOperationException("The first share of an intermediate gradient must be a whole one.");
        }

        Gradient = tape.Arena.Rent(Length, Data.Type);
        _claimed = true;
        return false;
    }

    /// <summary>Makes memory that already holds this tensor's whole gradient its own.</summary>
    internal void Adopt(DeviceSpan gradient)
    {
        if (_claimed)
        {
            throw new InvalidOperationException(
                "A residual's or a loss's gradient arrived after another share: no operation recorded later may read its tensor.");
        }

        Gradient = gradient;
        _claimed = true;
    }

    internal DeviceSpan TakeData()
    {
        DeviceSpan data = Data;
        Data = default;
        return data;
    }

    internal DeviceSpan TakeGradient()
    {
        DeviceSpan gradient = Gradient;
        Gradient = default;
        return gradient;
    }
}
