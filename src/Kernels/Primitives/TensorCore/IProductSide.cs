using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// One side of a product inside a kernel. A step's tile of it, 128 lines by 32 elements of k in bf16, lies in shared memory in chunks of 16
/// bytes, so permuted that neither the copies into it nor ldmatrix out of it meet bank conflicts.
/// </summary>
internal interface IProductSide
{
    /// <summary>Where in a tile this thread's first copy goes. The other three go 2, 4 and 6 KB further.</summary>
    int CopyOffset { get; }

    /// <summary>Brings elements <paramref name="first"/> to <paramref name="end"/> of k, at most 32, of 128 lines; zeros around
    /// them.</summary>
    /// <param name="address">Shared address of the tile, plus <see cref="CopyOffset"/>.</param>
    void Copy(int address, int firstLine, int lines, int first, int end);

    /// <summary>Where in a tile the row of an 8 x 8 matrix lies that this lane hands to ldmatrix.</summary>
    /// <param name="firstLine">The warp's first line, a multiple of 64.</param>
    /// <param name="lineHalf">Which eight of 16 lines.</param>
    /// <param name="depthHalf">Which eight of 16 k.</param>
    int FragmentOffset(int firstLine, int lineHalf, int depthHalf);

    /// <summary>The fragment of lines 16 i to 16 i + 15 and one half of the step's k.</summary>
    Quad Fragment(int tile, int offset, int i, int half);
}

/// <summary>Where a side's elements come from.</summary>
internal interface IProductSource
{
    /// <summary>Brings eight elements of a row into shared memory, those behind the first <paramref name="count"/> as zeros.</summary>
    void CopyEight(int address, int row, int column, int count);
}

/// <summary>A matrix in memory, row by row.</summary>
internal readonly struct MatrixSource<TAccess>(ArrayView<BFloat16> data, int stride) : IProductSource
    where TAccess : struct, IProductAccess
{
    public void CopyEight(int address, int row, int column, int count) =>
        default(TAccess).CopyEight(address, data, ((long)row * stride) + column, count);
}

/// <summary>
/// Lines are the source's rows. A line of a tile has 64 bytes; chunk c of line l lies at place c ^ (l / 2 mod 4), so that eight lines
/// that ldmatrix reads at once fill all banks.
/// </summary>
internal readonly struct LineSide<TSource>(TSource source) : IProductSide
    where TSource : struct, IProductSource
{
    private const int LineBytes = 64;

    /// <summary>Lines that the threads of a group reach with one copy each.</summary>
    private const int Pass = TensorCoreProduct.GroupSize / 4;

    public int CopyOffset => Place(Group.IdxX >> 2, Group.IdxX & 3);

    public void Copy(int address, int firstLine, int lines, int first, int end)
    {
        int line = firstLine + (Group.IdxX >> 2), k = first + ((Group.IdxX & 3) << 3);
        source.CopyEight(address, line, k, line < lines ? end - k : 0);
        source.CopyEight(address + (Pass * LineBytes), line + Pass, k, line + Pass < lines ? end - k : 0);
        source.CopyEight(address + (2 * Pass * LineBytes), line + (2 * Pass), k, line + (2 * Pass) < lines ? end - k : 0);
        source.CopyEight(address + (3 * Pass * LineBytes), line + (3 * Pass), k, line + (3 * Pass) < lines ? end - k : 0);
    }

    public int FragmentOffset(int firstLine, int lineHalf, int depthHalf) =>
        Place(firstLine + (Warp.LaneIdx & 7) + (lineHalf << 3), depthHalf);

    // Lines 16 apart are permuted alike; the other half of k lies two chunks further, which is one bit of the address.
    public Quad Fragment(int tile, int offset, int i, int half) =>
        TensorCoreIntrinsics.LoadMatrices(tile + (offset ^ (half * 32)) + (i * 16 * LineBytes));

    private static int Place(int line, int chunk) => (line * LineBytes) + ((chunk ^ ((line >> 1) & 3)) << 4);
}

/// <summary>
/// Lines are the source's columns, so k goes down its rows. Each k of a tile has 256 bytes, 128 lines; chunk c of k lies at place
/// c ^ (k mod 8), so that eight k fill all banks. ldmatrix transposes.
/// </summary>
internal readonly struct ColumnSide<TSource>(TSource source) : IProductSide
    where TSource : struct, IProductSource
{
    private const int DepthBytes = 256;

    /// <summary>Elements of k that the threads of a group reach with one copy each.</summary>
    private const int Pass = TensorCoreProduct.GroupSize / 16;

    public int CopyOffset => Place(Group.IdxX >> 4, Group.IdxX & 15);

    public void Copy(int address, int firstLine, int lines, int first, int end)
    {
        int k = first + (Group.IdxX >> 4), line = firstLine + ((Group.IdxX & 15) << 3);
        source.CopyEight(address, k, line, k < end ? lines - line : 0);
        source.CopyEight(address + (Pass * DepthBytes), k + Pass, line, k + Pass < end ? lines - line : 0);
        source.CopyEight(address + (2 * Pass * DepthBytes), k + (2 * Pass), line, k + (2 * Pass) < end ? lines - line : 0);
        source.CopyEight(address + (3 * Pass * DepthBytes), k + (3 * Pass), line, k + (3 * Pass) < end ? lines - line : 0);
    }

    public int FragmentOffset(int firstLine, int lineHalf, int depthHalf) =>
        Place((Warp.LaneIdx & 7) + (depthHalf << 3), (firstLine >> 3) + lineHalf);

    // 16 lines are two chunks, bits of the address that the permutation only flips; k 16 apart are permuted alike.
    public Quad Fragment(int tile, int offset, int i, int half) =>
        TensorCoreIntrinsics.LoadMatricesTransposed(tile + (offset ^ (i * 32)) + (half * 16 * DepthBytes));

    private static int Place(int k, int chunk) => (k * DepthBytes) + ((chunk ^ (k & 7)) << 4);
}
