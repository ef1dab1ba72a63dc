namespace DoRA.Model.Files;

/// <summary>What one element of a stored tensor is.</summary>
public enum StoredType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    UInt8,
    Bool,
}

public static class StoredTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this StoredType type) => type switch
    {
        StoredType.Float64 or StoredType.Int64 => 8,
        StoredType.Float32 or StoredType.Int32 => 4,
        StoredType.Float16 or StoredType.BFloat16 => 2,
        _ => 1,
    };

    /// <summary>True for the types that hold real numbers.</summary>
    public static bool IsReal(this StoredType type) =>
        type is StoredType.Float32 or StoredType.Float64 or StoredType.Float16 or StoredType.BFloat16;

    /// <summary>The type's name in a safetensors header.</summary>
    public static string SafetensorsName(this StoredType type) => type switch
    {
        StoredType.Float32 => "F32",
        StoredType.Float64 => "F64",
        StoredType.Float16 => "F16",
        StoredType.BFloat16 => "BF16",
        StoredType.Int64 => "I64",
        StoredType.Int32 => "I32",
        StoredType.UInt8 => "U8",
        _ => "BOOL",
    };

    /// <summary>The type of a safetensors header's name; null for one that is not supported.</summary>
    public static StoredType? FromSafetensors(string? name) => name switch
    {
        "F32" => StoredType.Float32,
        "F64" => StoredType.Float64,
        "F16" => StoredType.Float16,
        "BF16" => StoredType.BFloat16,
        "I64" => StoredType.Int64,
        "I32" => StoredType.Int32,
        "U8" => StoredType.UInt8,
        "BOOL" => StoredType.Bool,
        _ => null,
    };
}
