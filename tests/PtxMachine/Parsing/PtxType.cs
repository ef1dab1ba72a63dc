namespace DoRA.PtxMachine.Parsing;

/// <summary>A PTX type suffix: how many bytes a value has and how its bits are read.</summary>
public enum PtxType
{
    None, Pred, B8, B16, B32, B64, U8, U16, U32, U64, S8, S16, S32, S64, F16, F32, F64, BF16, F16X2, BF16X2, TF32,
}

/// <summary>Names and sizes of the PTX types.</summary>
public static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> Names = Enum.GetValues<PtxType>()
        .Where(type => type != PtxType.None)
        .ToDictionary(type => type.ToString().ToLowerInvariant());

    /// <summary>The type with this suffix (without the dot), or None.</summary>
    public static PtxType Parse(string name) => Names.GetValueOrDefault(name);

    /// <summary>Bytes of one value; a predicate counts as one.</summary>
    public static int Size(this PtxType type) => type switch
    {
        PtxType.Pred or PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 => 2,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        _ => 4,
    };

    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    public static bool IsFloat(this PtxType type) => type is PtxType.F16 or PtxType.F32 or PtxType.F64 or PtxType.BF16
        or PtxType.F16X2 or PtxType.BF16X2 or PtxType.TF32;
}
