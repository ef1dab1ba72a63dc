namespace DoRA.Kernels;

/// <summary>Extents of a grid (in groups) or of a group (in threads).</summary>
/// <param name="X">Extent along x, which varies fastest.</param>
/// <param name="Y">Extent along y.</param>
/// <param name="Z">Extent along z.</param>
public readonly record struct Extents(int X, int Y = 1, int Z = 1)
{
    /// <summary>Number of elements.</summary>
    public int Count => checked(X * Y * Z);

    public static implicit operator Extents(int x) => new(x);

    public static implicit operator Extents((int X, int Y) extents) => new(extents.X, extents.Y);

    public static implicit operator Extents((int X, int Y, int Z) extents) => new(extents.X, extents.Y, extents.Z);

    public override string ToString() => $"{X}x{Y}x{Z}";
}
