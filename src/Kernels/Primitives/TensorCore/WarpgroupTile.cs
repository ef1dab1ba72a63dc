namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// 64 elements of k, read by wgmma in its swizzle of 128 bytes: atoms of eight rows of 128 bytes, chunk c of row r at place c ^ r. A row is a
/// line's 64 k, and 16 atoms follow one another along the lines. Where k goes down the rows, a row is one k of 64 lines; the atom of the
/// other 64 lines follows it, then those of the next eight k.
/// </summary>
internal readonly struct WarpgroupTile : IProductTile
{
    /// <summary>What an atom begins at a multiple of, and its size.</summary>
    public const int AtomBytes = 1024;

    private const int RowBytes = 128;

    /// <summary>Of a descriptor: the swizzle of 128 bytes.</summary>
    private const long Swizzle = 1L << 62;

    public int GroupSize => WarpgroupProduct.GroupSize;

    public int StepDepth => WarpgroupProduct.StepDepth;

    public int LinePlace(int line, int chunk) => (line * RowBytes) + ((chunk ^ (line & 7)) << 4);

    public int ColumnPlace(int k, int chunk) =>
        ((((k >> 3) << 1) + (chunk >> 3)) * AtomBytes) + ((k & 7) * RowBytes) + (((chunk ^ k) & 7) << 4);

    /// <summary>Bytes from a tile's beginning to those lines, a multiple of 64.</summary>
    /// <param name="isTransposed">A constant: k goes down the rows.</param>
    public static int LinesAt(bool isTransposed, int firstLine) => isTransposed ? firstLine / 64 * AtomBytes : firstLine * RowBytes;

    /// <summary>How far in a descriptor, which counts in 16 bytes, the next 16 k are: 32 bytes along the rows, or four atoms.</summary>
    public static int DepthUnits(bool isTransposed) => isTransposed ? 4 * AtomBytes / 16 : 32 / 16;

    /// <summary>
    /// The descriptor of a tile from this shared address on. Its leading offset is that of the next 64 lines where k goes down the rows (else
    /// unused, 1), its stride that of the next eight rows: of lines, or of k.
    /// </summary>
    public static long Matrix(bool isTransposed, int address) => Swizzle
        | ((isTransposed ? 2L * AtomBytes : AtomBytes) / 16 << 32) | ((isTransposed ? AtomBytes / 16 : 1L) << 16) | (long)(address >> 4);

    /// <summary>The descriptor of eight lines and 16 k that are all alike, 256 bytes without a swizzle: two matrices of 8 x 8.</summary>
    public static long Uniform(int address) => (128L / 16 << 32) | (128L / 16 << 16) | (long)(address >> 4);
}
