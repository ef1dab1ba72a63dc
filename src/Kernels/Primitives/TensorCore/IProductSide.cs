using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>One side of a product inside a kernel: how a step's tile of it, 128 lines, comes into shared memory.</summary>
internal interface IProductSide<T>
    where T : struct, IProductSide<T>
{
    /// <summary>A constant: lines are the source's columns, so k goes down its rows.</summary>
    bool IsTransposed { get; }

    /// <summary>Where in a tile this thread's first copy goes.</summary>
    int CopyOffset<TTile>()
        where TTile : struct, IProductTile;

    /// <summary>The side with all that does not change from step to step: where this thread's copies come from.</summary>
    T Begin<TTile>(int firstLine, int lines)
        where TTile : struct, IProductTile;

    /// <summary>Brings elements <paramref name="first"/> to <paramref name="end"/> of k, at most a step's, of 128 lines; zeros around
    /// them.</summary>
    /// <param name="address">Shared address of the tile, plus <see cref="CopyOffset"/>.</param>
    void Copy<TTile>(int address, int first, int end)
        where TTile : struct, IProductTile;
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

    /// <summary>Brings the four eights of a step into shared memory.</summary>
    /// <param name="apart">Distance of their addresses.</param>
    /// <param name="rowShift">How many rows further than at the beginning.</param>
    /// <param name="columnShift">How many columns further.</param>
    /// <param name="counts">How many elements of each eight exist; the others become zeros.</param>
    void Copy(int address, int apart, int rowShift, int columnShift, EightCounts counts);
}

/// <summary>How many elements there are of four eights; nothing or less is none, and eight or more is all.</summary>
internal readonly struct EightCounts(int first, int second, int third, int fourth)
{
    public int First => first;

    public int Second => second;

    public int Third => third;

    public int Fourth => fourth;
}

/// <summary>What sides have in common.</summary>
internal static class ProductSide
{
    /// <summary>Distance of a thread's copies.</summary>
    public static int Apart<TTile>() where TTile : struct, IProductTile => default(TTile).GroupSize * 16;

    /// <summary>All ones where an index is below a limit, else 0: without a branch, and the same in all steps.</summary>
    public static int Mask(int index, int limit) => (index - limit) >> 31;
}

/// <summary>Lines are the source's rows.</summary>
internal readonly struct LineSide<TSource>(TSource source, int line, int lines) : IProductSide<LineSide<TSource>>
    where TSource : struct, IProductSource<TSource>
{
    public LineSide(TSource source)
        : this(source, 0, 0)
    {
    }

    public bool IsTransposed => false;

    public int CopyOffset<TTile>() where TTile : struct, IProductTile => default(TTile).LinePlace(Line<TTile>(), Chunk<TTile>());

    public LineSide<TSource> Begin<TTile>(int firstLine, int allLines) where TTile : struct, IProductTile
    {
        int mine = TensorCoreIntrinsics.Hold(firstLine + Line<TTile>());
        return new(source.Begin(mine, 8 * Chunk<TTile>(), Pass<TTile>()), mine, allLines);
    }

    public void Copy<TTile>(int address, int first, int end) where TTile : struct, IProductTile
    {
        int count = end - first - (8 * Chunk<TTile>()), pass = Pass<TTile>();
        source.Copy(address, ProductSide.Apart<TTile>(), 0, first, new(
            count & ProductSide.Mask(line, lines), count & ProductSide.Mask(line + pass, lines),
            count & ProductSide.Mask(line + (2 * pass), lines), count & ProductSide.Mask(line + (3 * pass), lines)));
    }

    /// <summary>Chunks of a line.</summary>
    private static int Chunks<TTile>() where TTile : struct, IProductTile => default(TTile).StepDepth / 8;

    private static int Chunk<TTile>() where TTile : struct, IProductTile => Group.IdxX & (Chunks<TTile>() - 1);

    private static int Line<TTile>() where TTile : struct, IProductTile => Group.IdxX / Chunks<TTile>();

    /// <summary>Lines that the threads of a group reach with one copy each.</summary>
    private static int Pass<TTile>() where TTile : struct, IProductTile => default(TTile).GroupSize / Chunks<TTile>();
}

/// <summary>Lines are the source's columns, so k goes down its rows.</summary>
internal readonly struct ColumnSide<TSource>(TSource source, int count) : IProductSide<ColumnSide<TSource>>
    where TSource : struct, IProductSource<TSource>
{
    public ColumnSide(TSource source)
        : this(source, 0)
    {
    }

    public bool IsTransposed => true;

    public int CopyOffset<TTile>() where TTile : struct, IProductTile => default(TTile).ColumnPlace(Group.IdxX >> 4, Group.IdxX & 15);

    public ColumnSide<TSource> Begin<TTile>(int firstLine, int lines) where TTile : struct, IProductTile
    {
        int line = firstLine + ((Group.IdxX & 15) << 3);
        return new(source.Begin(Group.IdxX >> 4, line, Pass<TTile>()), TensorCoreIntrinsics.Hold(lines - line));
    }

    public void Copy<TTile>(int address, int first, int end) where TTile : struct, IProductTile
    {
        int k = first + (Group.IdxX >> 4), pass = Pass<TTile>();
        source.Copy(address, ProductSide.Apart<TTile>(), first, 0, new(
            count & ProductSide.Mask(k, end), count & ProductSide.Mask(k + pass, end),
            count & ProductSide.Mask(k + (2 * pass), end), count & ProductSide.Mask(k + (3 * pass), end)));
    }

    /// <summary>Elements of k that the threads of a group reach with one copy each.</summary>
    private static int Pass<TTile>() where TTile : struct, IProductTile => default(TTile).GroupSize / 16;
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

    public void Copy(int address, int apart, int rowShift, int columnShift, EightCounts counts)
    {
        long first = at + ((long)rowShift * stride) + columnShift, second = first + step, third = second + step;
        default(TAccess).CopyEight(address, data, first, counts.First);
        default(TAccess).CopyEight(address + apart, data, second, counts.Second);
        default(TAccess).CopyEight(address + (2 * apart), data, third, counts.Third);
        default(TAccess).CopyEight(address + (3 * apart), data, third + step, counts.Fourth);
    }
}
