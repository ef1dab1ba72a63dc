using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// One side of a product inside a kernel. A step's tile of it, 128 lines by 32 elements of k in bf16, lies in shared memory in chunks of 16
/// bytes, so permuted that neither the copies into it nor ldmatrix out of it meet bank conflicts.
/// </summary>
internal interface IProductSide<T>
    where T : struct, IProductSide<T>
{
    /// <summary>Where in a tile this thread's first copy goes.</summary>
    int CopyOffset { get; }

    /// <summary>The side with all that does not change from step to step: where this thread's copies come from.</summary>
    T Begin(int firstLine, int lines);

    /// <summary>Brings elements <paramref name="first"/> to <paramref name="end"/> of k, at most 32, of 128 lines; zeros around
    /// them.</summary>
    /// <param name="address">Shared address of the tile, plus <see cref="CopyOffset"/>.</param>
    void Copy(int address, int first, int end);

    /// <summary>Where in a tile the row of an 8 x 8 matrix lies that this lane hands to ldmatrix.</summary>
    /// <param name="firstLine">The warp's first line, a multiple of 64.</param>
    /// <param name="lineHalf">Which eight of 16 lines.</param>
    /// <param name="depthHalf">Which eight of 16 k.</param>
    int FragmentOffset(int firstLine, int lineHalf, int depthHalf);

    /// <summary>The fragment of lines 16 i to 16 i + 15 and one half of the step's k.</summary>
    Quad Fragment(int tile, int offset, int i, int half);
}

/// <summary>
/// Where a side's elements come from: rows of eights. In a step a thread brings four eights of the same columns, in rows at equal
/// distances.
/// </summary>
internal interface IProductSource<T>
    where T : struct, IProductSource<T>
{
    /// <summary>The source as a thread sees it whose first eight is at this row and column.</summary>
    T Begin(int row, int column, int rowStep);

    /// <summary>Brings the four eights of a step into shared memory, <see cref="ProductTile.CopyBytes"/> apart.</summary>
    /// <param name="rowShift">How many rows further than at the beginning.</param>
    /// <param name="columnShift">How many columns further.</param>
    /// <param name="counts">How many elements of each eight exist; the others become zeros.</param>
    void Copy(int address, int rowShift, int columnShift, EightCounts counts);
}

/// <summary>How many elements there are of four eights; nothing or less is none, and eight or more is all.</summary>
internal readonly struct EightCounts(int first, int second, int third, int fourth)
{
    public int First => first;

    public int Second => second;

    public int Third => third;

    public int Fourth => fourth;
}

/// <summary>A side's tile of one step.</summary>
internal static class ProductTile
{
    /// <summary>Distance of a thread's copies.</summary>
    public const int CopyBytes = TensorCoreProduct.GroupSize * 16;

    /// <summary>All ones where an index is below a limit, else 0: without a branch, and the same in all steps.</summary>
    public static int Mask(int index, int limit) => (index - limit) >> 31;
}

/// <summary>
/// Lines are the source's rows. A line of a tile has 64 bytes; chunk c of line l lies at place c ^ (l / 2 mod 4), so that eight lines
/// that ldmatrix reads at once fill all banks.
/// </summary>
internal readonly struct LineSide<TSource>(TSource source, int line, int lines) : IProductSide<LineSide<TSource>>
    where TSource : struct, IProductSource<TSource>
{
    private const int LineBytes = 64;

    /// <summary>Lines that the threads of a group reach with one copy each.</summary>
    private const int Pass = TensorCoreProduct.GroupSize / 4;

    public LineSide(TSource source)
        : this(source, 0, 0)
    {
    }

    private static int Chunk => Group.IdxX & 3;

    public int CopyOffset => Place(Group.IdxX >> 2, Chunk);

    public LineSide<TSource> Begin(int firstLine, int allLines)
    {
        int mine = TensorCoreIntrinsics.Hold(firstLine + (Group.IdxX >> 2));
        return new(source.Begin(mine, 8 * Chunk, Pass), mine, allLines);
    }

    public void Copy(int address, int first, int end)
    {
        int count = end - first - (8 * Chunk);
        source.Copy(address, 0, first, new(
            count & ProductTile.Mask(line, lines), count & ProductTile.Mask(line + Pass, lines),
            count & ProductTile.Mask(line + (2 * Pass), lines), count & ProductTile.Mask(line + (3 * Pass), lines)));
    }

    public int FragmentOffset(int firstLine, int lineHalf, int depthHalf) =>
        Place(firstLine + (Warp.LaneIdx & 7) + (lineHalf << 3), depthHalf);

    // Lines 16 apart are permuted alike; the other half of k lies two chunks further, which is one bit of the address.
    public Quad Fragment(int tile, int offset, int i, int half) =>
        TensorCoreIntrinsics.LoadMatrices(tile + (offset ^ (half * 32)), i * 16 * LineBytes);

    private static int Place(int at, int chunk) => (at * LineBytes) + ((chunk ^ ((at >> 1) & 3)) << 4);
}

/// <summary>
/// Lines are the source's columns, so k goes down its rows. Each k of a tile has 256 bytes, 128 lines; chunk c of k lies at place
/// c ^ (k mod 8), so that eight k fill all banks. ldmatrix transposes.
/// </summary>
internal readonly struct ColumnSide<TSource>(TSource source, int count) : IProductSide<ColumnSide<TSource>>
    where TSource : struct, IProductSource<TSource>
{
    private const int DepthBytes = 256;

    /// <summary>Elements of k that the threads of a group reach with one copy each.</summary>
    private const int Pass = TensorCoreProduct.GroupSize / 16;

    public ColumnSide(TSource source)
        : this(source, 0)
    {
    }

    public int CopyOffset => Place(Group.IdxX >> 4, Group.IdxX & 15);

    public ColumnSide<TSource> Begin(int firstLine, int lines)
    {
        int line = firstLine + ((Group.IdxX & 15) << 3);
        return new(source.Begin(Group.IdxX >> 4, line, Pass), TensorCoreIntrinsics.Hold(lines - line));
    }

    public void Copy(int address, int first, int end)
    {
        int k = first + (Group.IdxX >> 4);
        source.Copy(address, first, 0, new(
            count & ProductTile.Mask(k, end), count & ProductTile.Mask(k + Pass, end),
            count & ProductTile.Mask(k + (2 * Pass), end), count & ProductTile.Mask(k + (3 * Pass), end)));
    }

    public int FragmentOffset(int firstLine, int lineHalf, int depthHalf) =>
        Place((Warp.LaneIdx & 7) + (depthHalf << 3), (firstLine >> 3) + lineHalf);

    // 16 lines are two chunks, bits of the address that the permutation only flips; k 16 apart are permuted alike.
    public Quad Fragment(int tile, int offset, int i, int half) =>
        TensorCoreIntrinsics.LoadMatricesTransposed(tile + (offset ^ (i * 32)), half * 16 * DepthBytes);

    private static int Place(int k, int chunk) => (k * DepthBytes) + ((chunk ^ (k & 7)) << 4);
}

/// <summary>A matrix in memory, row by row.</summary>
internal readonly struct MatrixSource<TAccess>(ArrayView<BFloat16> data, int stride, long at, int step)
    : IProductSource<MatrixSource<TAccess>>
    where TAccess : struct, IProductAccess
{
    public MatrixSource(ArrayView<BFloat16> data, int stride)
        : this(data, stride, 0, 0)
    {
    }

    public MatrixSource<TAccess> Begin(int row, int column, int rowStep) =>
        new(data, stride, ((long)row * stride) + column, rowStep * stride);

    public void Copy(int address, int rowShift, int columnShift, EightCounts counts)
    {
        long first = at + ((long)rowShift * stride) + columnShift, second = first + step, third = second + step;
        default(TAccess).CopyEight(address, data, first, counts.First);
        default(TAccess).CopyEight(address + ProductTile.CopyBytes, data, second, counts.Second);
        default(TAccess).CopyEight(address + (2 * ProductTile.CopyBytes), data, third, counts.Third);
        default(TAccess).CopyEight(address + (3 * ProductTile.CopyBytes), data, third + step, counts.Fourth);
    }
}
