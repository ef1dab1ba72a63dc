namespace DoRA.Model.Files;

/// <summary>Where a tensor lies in a file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">What its elements are.</param>
/// <param name="Shape">Its sizes; empty for a scalar.</param>
/// <param name="Offset">Its first byte, counted from the start of the file.</param>
/// <param name="Bytes">Its length in bytes.</param>
public sealed record TensorEntry(string Name, StoredType Type, IReadOnlyList<int> Shape, long Offset, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Count => Bytes / Type.Size();
}
