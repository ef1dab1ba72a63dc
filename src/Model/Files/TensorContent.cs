namespace DoRA.Model.Files;

/// <summary>A tensor that can be written to a file, wherever its numbers live: in an array, on a device, in another file.</summary>
/// <param name="type">What its elements are.</param>
/// <param name="shape">Its sizes; empty for a scalar.</param>
public abstract class TensorContent(StoredType type, IReadOnlyList<int> shape)
{
    public StoredType Type { get; } = type;

    public IReadOnlyList<int> Shape { get; } = shape;

    /// <summary>Number of elements: the product of <see cref="Shape"/>, 1 for a scalar.</summary>
    public long Count { get; } = shape.Contains(0) ? 0 : shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Length of what <see cref="WriteTo"/> writes, in bytes.</summary>
    public long Bytes => Count * Type.Size();

    /// <summary>Writes the elements in row-major order, little endian, exactly <see cref="Bytes"/> bytes.</summary>
    public abstract void WriteTo(Stream stream);
}
