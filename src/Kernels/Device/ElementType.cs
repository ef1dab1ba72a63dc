namespace DoRA.Kernels;

/// <summary>What one element of device memory is.</summary>
public enum ElementType
{
    Float32,
    BFloat16,
    Int32,
    Byte,
}

public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.BFloat16 => 2,
        _ => 1,
    };
}
