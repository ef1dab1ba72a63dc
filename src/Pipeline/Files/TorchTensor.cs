using System.Runtime.InteropServices;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>A tensor of a PyTorch file: a view of a storage with sizes and strides in elements.</summary>
internal sealed class TorchTensor
{
    private readonly TorchStorage storage;
    private readonly long offset;
    private readonly int[] shape;
    private readonly long[] strides;

    private TorchTensor(TorchStorage storage, long offset, int[] shape, long[] strides)
    {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        Count = CheckedCount();
    }

    public IReadOnlyList<int> Shape => shape;

    public long Count { get; }

    public StoredType Type => storage.Type;

    /// <summary><c>torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)</c>; the last two are left out by its forerunner.</summary>
    public static TorchTensor Rebuild(object?[] arguments)
    {
        if (arguments is not [TorchStorage storage, long and >= 0 and var offset, object?[] size, object?[] stride, ..] || size.Length != stride.Length)
            throw new InvalidDataException("it rebuilds a tensor from something else than a storage, an offset, sizes and strides");
        return new TorchTensor(storage, offset, [.. size.Select(value => (int)Whole(value, int.MaxValue))],
            [.. stride.Select(value => Whole(value, long.MaxValue))]);
    }

    /// <summary>The elements in row-major order. Throws <see cref="InvalidDataException"/> when the file does not hold them.</summary>
    public HostTensor Read()
    {
        var source = storage.Bytes();
        if (Count == storage.Count && IsContiguous())
            return HostTensor.OfBytes(Type, source, shape);
        var target = new byte[Count * Type.Size()];
        switch (Type.Size())
        {
            case 1: Gather<byte>(source, target); break;
            case 2: Gather<ushort>(source, target); break;
            case 4: Gather<uint>(source, target); break;
            default: Gather<ulong>(source, target); break;
        }
        return HostTensor.OfBytes(Type, target, shape);
    }

    // The view must lie inside its storage and be no larger: a broadcast view of four bytes could claim any size.
    private long CheckedCount()
    {
        Int128 count = 1;
        Int128 last = offset;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            count *= shape[axis];
            if (count > storage.Count)
                break;
            last += (Int128)Math.Max(0, shape[axis] - 1) * strides[axis];
        }
        if (shape.Contains(0))
            return 0;
        if (count > storage.Count || last >= storage.Count)
            throw new InvalidDataException($"a tensor of shape [{string.Join(", ", shape)}] in it reaches beyond its {storage.Count} elements");
        return (long)count;
    }

    private bool IsContiguous()
    {
        long expected = 1;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != expected)
                return false;
            expected *= shape[axis];
        }
        return true;
    }

    private void Gather<T>(byte[] sourceBytes, byte[] targetBytes) where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(sourceBytes);
        var target = MemoryMarshal.Cast<byte, T>(targetBytes.AsSpan());
        var index = new int[shape.Length];
        var position = offset;
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = source[(int)position];
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                position += strides[axis];
                if (++index[axis] < shape[axis])
                    break;
                position -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
    }

    private static long Whole(object? value, long largest) => value is long number && number >= 0 && number <= largest
        ? number
        : throw new InvalidDataException("a tensor in it has a size or stride that is no whole number");
}
