using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>How eight neighbouring values of a patch are gathered from float32 images into bf16 in shared memory.</summary>
internal interface IPatchAccess
{
    /// <param name="corner">Element at which the patch begins.</param>
    /// <param name="value">The first value, counted within the patch.</param>
    /// <param name="count">How many of the eight exist; the others become zeros.</param>
    void CopyEight(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, int value, int count);
}

/// <summary>Patches whose rows are whole eights of pixels: two loads of 16 bytes.</summary>
internal readonly struct WidePatchAccess : IPatchAccess
{
    public void CopyEight(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, int value, int count)
    {
        // A patch that is not there is read as the first one, and dropped: without a branch the loads of several eights overlap.
        long at = count > 0 ? (corner + PatchPlace.Value(size, value)) >> 2 : 0L;
        uint mask = count > 0 ? 0xffffffff : 0u;
        Float4 lower = images.Cast<Float4>()[at], upper = images.Cast<Float4>()[at + 1];
        TensorCoreIntrinsics.StoreShared(address, new()
        {
            R0 = TensorCoreIntrinsics.Pack(lower.X, lower.Y) & mask,
            R1 = TensorCoreIntrinsics.Pack(lower.Z, lower.W) & mask,
            R2 = TensorCoreIntrinsics.Pack(upper.X, upper.Y) & mask,
            R3 = TensorCoreIntrinsics.Pack(upper.Z, upper.W) & mask,
        });
    }
}

/// <summary>Any patches, a value at a time.</summary>
internal readonly struct ElementPatchAccess : IPatchAccess
{
    public void CopyEight(int address, ArrayView<float> images, PatchEmbeddingSize size, long corner, int value, int count) =>
        TensorCoreIntrinsics.StoreShared(address, new()
        {
            R0 = Pair(images, size, corner, value, count),
            R1 = Pair(images, size, corner, value + 2, count - 2),
            R2 = Pair(images, size, corner, value + 4, count - 4),
            R3 = Pair(images, size, corner, value + 6, count - 6),
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

    public void Copy(int address, int rowShift, int columnShift, EightCounts counts)
    {
        int value = column + columnShift;
        default(TAccess).CopyEight(address, images, size, first, value, counts.First);
        default(TAccess).CopyEight(address + ProductTile.CopyBytes, images, size, second, value, counts.Second);
        default(TAccess).CopyEight(address + (2 * ProductTile.CopyBytes), images, size, third, value, counts.Third);
        default(TAccess).CopyEight(address + (3 * ProductTile.CopyBytes), images, size, fourth, value, counts.Fourth);
    }
}

/// <summary>The same where a thread goes from patch to patch and keeps to eight values.</summary>
internal readonly struct PatchValues<TAccess>(ArrayView<float> images, PatchEmbeddingSize size, int row, int column, int step)
    : IProductSource<PatchValues<TAccess>>
    where TAccess : struct, IPatchAccess
{
    public PatchValues(ArrayView<float> images, PatchEmbeddingSize size)
        : this(images, size, 0, 0, 0)
    {
    }

    public PatchValues<TAccess> Begin(int firstRow, int firstColumn, int rowStep) => new(images, size, firstRow, firstColumn, rowStep);

    public void Copy(int address, int rowShift, int columnShift, EightCounts counts)
    {
        int patch = row + rowShift;
        Copy(address, patch, counts.First);
        Copy(address + ProductTile.CopyBytes, patch + step, counts.Second);
        Copy(address + (2 * ProductTile.CopyBytes), patch + (2 * step), counts.Third);
        Copy(address + (3 * ProductTile.CopyBytes), patch + (3 * step), counts.Fourth);
    }

    private void Copy(int address, int patch, int count) =>
        default(TAccess).CopyEight(address, images, size, PatchPlace.Corner(size, patch), column, count);
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
