using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>Which eight values of a patch a thread brings.</summary>
/// <param name="value">The first, counted within the patch.</param>
/// <param name="first">Distance from the patch's corner to what the thread loads first.</param>
/// <param name="second">And to what it loads then.</param>
/// <param name="place">What makes the eight's shared address that of the first half loaded, by exclusive or.</param>
internal readonly struct PatchEight(int value, long first, long second, int place)
{
    public int Value => value;

    public long First => first;

    public long Second => second;

    public int Place => place;
}

/// <summary>How eight neighbouring values of a patch are gathered from float32 images into bf16 in shared memory.</summary>
internal interface IPatchAccess
{
    /// <param name="value">The first value, counted within the patch.</param>
    /// <param name="order">0, or 8 where of two neighbouring threads' eights the odd one goes first.</param>
    PatchEight Eight(PatchEmbeddingSize size, int value, int order);

    /// <param name="corner">Element at which the patch begins.</param>
    /// <param name="count">How many of the eight exist; the others become zeros.</param>
    void Copy(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, PatchEight eight, int count);
}

/// <summary>
/// Patches whose rows are whole eights of pixels. Two neighbouring threads, which need two neighbouring eights, load each eight together,
/// 16 bytes a thread, and so fill a sector; each stores its half of both.
/// </summary>
internal readonly struct WidePatchAccess : IPatchAccess
{
    public PatchEight Eight(PatchEmbeddingSize size, int value, int order)
    {
        int half = Group.IdxX & 1, first = (value & ~8) + order;
        return new(value, PatchPlace.Value(size, first) + (4 * half), PatchPlace.Value(size, first ^ 8) + (4 * half),
            (((half << 3) ^ order) << 1) | (half << 3));
    }

    public void Copy(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, PatchEight eight, int count)
    {
        // In place of what is not there the first pixels are read and dropped: without a branch the loads of several eights overlap.
        long first = count > 0 ? (corner + eight.First) >> 2 : 0L, second = count > 0 ? (corner + eight.Second) >> 2 : 0L;
        uint mask = count > 0 ? 0xffffffff : 0u;
        Float4 one = images.Cast<Float4>()[first], other = images.Cast<Float4>()[second];
        TensorCoreIntrinsics.StoreShared(address ^ eight.Place, Round(one, mask));
        TensorCoreIntrinsics.StoreShared(address ^ eight.Place ^ 16, Round(other, mask));
    }

    private static Pair Round(Float4 pixels, uint mask) => new()
    {
        R0 = TensorCoreIntrinsics.Pack(pixels.X, pixels.Y) & mask,
        R1 = TensorCoreIntrinsics.Pack(pixels.Z, pixels.W) & mask,
    };
}

/// <summary>Any patches, a value at a time.</summary>
internal readonly struct ElementPatchAccess : IPatchAccess
{
    public PatchEight Eight(PatchEmbeddingSize size, int value, int order) => new(value, 0, 0, 0);

    public void Copy(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, PatchEight eight, int count) =>
        TensorCoreIntrinsics.StoreShared(address, new Quad
        {
            R0 = Pair(images, size, corner, eight.Value, count),
            R1 = Pair(images, size, corner, eight.Value + 2, count - 2),
            R2 = Pair(images, size, corner, eight.Value + 4, count - 4),
            R3 = Pair(images, size, corner, eight.Value + 6, count - 6),
        });

    private static uint Pair(ArrayView<float> images, PatchEmbeddingSize size, long corner, int value, int count)
    {
        float low = count > 0 ? images[corner + PatchPlace.Value(size, value)] : 0f;
        float high = count > 1 ? images[corner + PatchPlace.Value(size, value + 1)] : 0f;
        return TensorCoreIntrinsics.Pack(low, high);
    }
}

/// <summary>Rows are patches, columns their values; a thread keeps to four patches.</summary>
internal readonly struct PatchRows<TAccess>(ArrayView<float> images, PatchEmbeddingSize size, int column, long first, long second,
    long third, long fourth) : IProductSource<PatchRows<TAccess>>
    where TAccess : struct, IPatchAccess
{
    public PatchRows(ArrayView<float> images, PatchEmbeddingSize size)
        : this(images, size, 0, 0, 0, 0, 0)
    {
    }

    public PatchRows<TAccess> Begin(int row, int firstColumn, int rowStep) => new(images, size, firstColumn,
        PatchPlace.Corner(size, row), PatchPlace.Corner(size, row + rowStep),
        PatchPlace.Corner(size, row + (2 * rowStep)), PatchPlace.Corner(size, row + (3 * rowStep)));

    public void Copy(int address, int apart, int rowShift, int columnShift, EightCounts counts)
    {
        PatchEight eight = default(TAccess).Eight(size, column + columnShift, 0);
        default(TAccess).Copy(address, images, size, first, eight, counts.First);
        default(TAccess).Copy(address + apart, images, size, second, eight, counts.Second);
        default(TAccess).Copy(address + (2 * apart), images, size, third, eight, counts.Third);
        default(TAccess).Copy(address + (3 * apart), images, size, fourth, eight, counts.Fourth);
    }
}

/// <summary>The same where a thread goes from patch to patch and keeps to eight values.</summary>
internal readonly struct PatchValues<TAccess>(ArrayView<float> images, PatchEmbeddingSize size, int row, PatchEight eight, int step)
    : IProductSource<PatchValues<TAccess>>
    where TAccess : struct, IPatchAccess
{
    public PatchValues(ArrayView<float> images, PatchEmbeddingSize size)
        : this(images, size, 0, default, 0)
    {
    }

    // Of 16 threads, which store together, the upper eight begin with the odd eights: so they meet all banks.
    public PatchValues<TAccess> Begin(int firstRow, int column, int rowStep) =>
        new(images, size, firstRow, default(TAccess).Eight(size, column, Group.IdxX & 8), rowStep);

    public void Copy(int address, int apart, int rowShift, int columnShift, EightCounts counts)
    {
        int patch = row + rowShift;
        Copy(address, patch, counts.First);
        Copy(address + apart, patch + step, counts.Second);
        Copy(address + (2 * apart), patch + (2 * step), counts.Third);
        Copy(address + (3 * apart), patch + (3 * step), counts.Fourth);
    }

    private void Copy(int address, int patch, int count) =>
        default(TAccess).Copy(address, images, size, PatchPlace.Corner(size, patch), eight, count);
}

/// <summary>Where patches and their values lie in [images, 3, height, width].</summary>
internal static class PatchPlace
{
    /// <summary>The top left value of a patch's first channel; patches are counted through all images.</summary>
    public static long Corner(PatchEmbeddingSize size, int patch)
    {
        int columns = size.Width / size.Patch, image = patch / size.Patches, within = patch - (image * size.Patches);
        int row = within / columns, column = within - (row * columns);
        return ((long)image * 3 * size.Height * size.Width) + ((long)row * size.Patch * size.Width) + (column * size.Patch);
    }

    /// <summary>Distance from the corner to a value of the patch.</summary>
    public static long Value(PatchEmbeddingSize size, int value)
    {
        int line = value / size.Patch, x = value - (line * size.Patch), channel = line / size.Patch, y = line - (channel * size.Patch);
        return ((((long)channel * size.Height) + y) * size.Width) + x;
    }
}
