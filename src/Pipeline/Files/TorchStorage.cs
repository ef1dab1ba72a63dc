using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>A flat array of a PyTorch file, which tensors are views of; read once, when the first of them is.</summary>
/// <param name="type">What its elements are.</param>
/// <param name="count">How many it claims to have.</param>
internal sealed class TorchStorage(StoredType type, long count)
{
    private byte[]? bytes;

    public StoredType Type { get; } = type;

    public long Count { get; } = count;

    /// <summary>Its length; checked against the file by whoever sets <see cref="Load"/>.</summary>
    public long ByteCount => Count * Type.Size();

    /// <summary>Reads its bytes from the file.</summary>
    public Func<byte[]>? Load { get; set; }

    /// <summary>Its elements, little endian.</summary>
    public byte[] Bytes() => bytes ??= Load is null ? throw new InvalidDataException("a tensor in it has no data") : Load();
}
