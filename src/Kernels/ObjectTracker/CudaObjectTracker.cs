using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.ObjectTracker;

/// <summary>One launch a stage. Sums over patches run in blocks of 16, which keeps their error that of some ten additions.</summary>
internal sealed class CudaObjectTracker(CudaDevice device) : ObjectTrackerKernels
{
    private readonly CudaKernel _prototypes = device.Kernel(WeighQueries), _similarity = device.Kernel(Compare),
        _refine = device.Kernel(WeighPatches), _maps = device.Kernel(Attend), _masks = device.Kernel(Threshold);

    public override void Prototypes(DeviceSpan prototypes, DeviceSpan clsAttention, DeviceSpan heads, RowSpan query,
        ObjectTrackerSize size) =>
        _prototypes.Launch((CudaDevice.Groups(size.Width), size.Clips * size.Objects), CudaDevice.GroupSize, prototypes, clsAttention,
            heads, query.Span, query.Stride, KernelArgument.Of(size));

    public override void Similarity(DeviceSpan similarity, DeviceSpan normalizedPatches, DeviceSpan prototypes, DeviceSpan tokens,
        ObjectTrackerSize size) =>
        _similarity.Launch(CudaWarp.Groups((long)size.Clips * size.Patches), CudaWarp.GroupSize, similarity, normalizedPatches,
            prototypes, tokens, KernelArgument.Of(size));

    public override void Refine(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan normalizedPatches,
        ObjectTrackerSize size) =>
        _refine.Launch((CudaDevice.Groups(size.Width), size.Clips * size.Objects), CudaDevice.GroupSize, refinedPrototypes, assignment,
            normalizedPatches, KernelArgument.Of(size));

    public override void TrackingMaps(DeviceSpan maps, DeviceSpan prototypes, RowSpan key, ObjectTrackerSize size) =>
        _maps.Launch(size.Clips * size.Frames, CudaWarp.GroupSize, maps, prototypes, key.Span, key.Stride,
            (float)(1 / Math.Sqrt(size.Width)), KernelArgument.Of(size));

    public override void Masks(DeviceSpan masks, DeviceSpan maps, ObjectTrackerSize size, MaskThreshold threshold, MaskKind kind) =>
        _masks.LaunchShared(size.Frames * size.Objects, CudaWarp.GroupSize, 2 * size.Clips * sizeof(float), masks, maps,
            KernelArgument.Of(size), threshold == MaskThreshold.PerBatch, kind == MaskKind.Soft);

    /// <summary>Grid: groups of columns × clips · objects.</summary>
    private static void WeighQueries(ArrayView<float> prototypes, ArrayView<float> clsAttention, ArrayView<int> heads,
        ArrayView<float> query, int stride, ObjectTrackerSize size)
    {
        int column = Grid.GlobalIndex.X, item = Grid.IdxY, clip = item / size.Objects;
        if (column < size.Width)
        {
            long weights = ((((long)clip * size.Frames * size.Heads) + heads[item]) * size.Tokens) + 1;
            long rows = (((long)clip * size.Tokens) + 1) * stride;
            prototypes[((long)item * size.Width) + column] = WeightedSum(clsAttention, weights, 1, query, rows + column, stride,
                size.Patches);
        }
    }

    /// <summary>Grid: groups of columns × clips · objects.</summary>
    private static void WeighPatches(ArrayView<float> refined, ArrayView<float> assignment, ArrayView<float> patches,
        ObjectTrackerSize size)
    {
        int column = Grid.GlobalIndex.X, item = Grid.IdxY, clip = item / size.Objects;
        if (column < size.Width)
        {
            long weights = ((long)clip * size.Patches * size.Objects) + (item % size.Objects);
            long rows = (long)clip * size.Patches * size.Width;
            refined[((long)item * size.Width) + column] = WeightedSum(assignment, weights, size.Objects, patches, rows + column,
                size.Width, size.Patches);
        }
    }

    /// <summary><c>Σ_i weight_i row_i</c>, one column of it.</summary>
    private static float WeightedSum(ArrayView<float> weights, long weight, int weightStride, ArrayView<float> rows, long at, int stride,
        int count)
    {
        const int blockLength = 16;
        float sum = 0, block = 0;
        for (int i = 0; i < count; i++)
        {
            block += weights[weight + ((long)i * weightStride)] * rows[at + ((long)i * stride)];
            if (i % blockLength == blockLength - 1)
            {
                sum += block;
                block = 0;
            }
        }

        return sum + block;
    }

    /// <summary>A warp a patch: its row normalised, and its product with every prototype of its clip.</summary>
    private static void Compare(ArrayView<float> similarity, ArrayView<float> normalized, ArrayView<float> prototypes,
        ArrayView<float> tokens, ObjectTrackerSize size)
    {
        int row = CudaWarp.Row, width = size.Width;
        if (row >= size.Clips * size.Patches)
        {
            return;
        }

        int clip = row / size.Patches;
        long from = ((long)row + clip + 1) * width, to = (long)row * width;
        float norm = MathF.Sqrt(CudaWarp.Dot(tokens, from, tokens, from, width)), inverse = 1 / (norm < 1e-12f ? 1e-12f : norm);
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            normalized[to + i] = tokens[from + i] * inverse;
        }

        // A lane reads back only what it wrote itself.
        for (int item = 0; item < size.Objects; item++)
        {
            float product = CudaWarp.Dot(normalized, to, prototypes, (((long)clip * size.Objects) + item) * width, width);
            if (Warp.LaneIdx == 0)
            {
                similarity[((long)row * size.Objects) + item] = product;
            }
        }
    }

    /// <summary>A group a frame: its warps take patches for the scores, which they leave in the maps, then objects for the
    /// softmax.</summary>
    private static void Attend(ArrayView<float> maps, ArrayView<float> prototypes, ArrayView<float> key, int stride, float scale,
        ObjectTrackerSize size)
    {
        int frame = Grid.IdxX, warp = Group.IdxX / CudaWarp.Lanes;
        long items = (long)(frame / size.Frames) * size.Objects * size.Width, map = (long)frame * size.Objects * size.Patches;
        for (int patch = warp; patch < size.Patches; patch += CudaWarp.PerGroup)
        {
            long row = (((long)frame * size.Tokens) + 1 + patch) * stride;
            for (int item = 0; item < size.Objects; item++)
            {
                float score = CudaWarp.Dot(prototypes, items + ((long)item * size.Width), key, row, size.Width) * scale;
                if (Warp.LaneIdx == 0)
                {
                    maps[map + ((long)item * size.Patches) + patch] = score;
                }
            }
        }

        Group.Barrier();
        for (int item = warp; item < size.Objects; item += CudaWarp.PerGroup)
        {
            long at = map + ((long)item * size.Patches);
            float largest = float.NegativeInfinity, sum = 0;
            for (int i = Warp.LaneIdx; i < size.Patches; i += CudaWarp.Lanes)
            {
                largest = maps[at + i] > largest ? maps[at + i] : largest;
            }

            largest = CudaWarp.Maximum(largest);
            for (int i = Warp.LaneIdx; i < size.Patches; i += CudaWarp.Lanes)
            {
                float exponential = CudaMath.Exp(maps[at + i] - largest);
                maps[at + i] = exponential;
                sum += exponential;
            }

            float inverse = 1 / CudaWarp.Sum(sum);
            for (int i = Warp.LaneIdx; i < size.Patches; i += CudaWarp.Lanes)
            {
                maps[at + i] *= inverse;
            }
        }
    }

    /// <summary>
    /// A group takes one object and frame of all clips, so that the batch's threshold needs no second launch; a warp takes a map. Shared:
    /// each clip's norm and mean.
    /// </summary>
    private static void Threshold(ArrayView<float> masks, ArrayView<float> maps, ObjectTrackerSize size, int perBatch, int soft)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        int warp = Group.IdxX / CudaWarp.Lanes, mapsPerClip = size.Frames * size.Objects;
        for (int clip = warp; clip < size.Clips; clip += CudaWarp.PerGroup)
        {
            long at = (((long)clip * mapsPerClip) + Grid.IdxX) * size.Patches;
            float sum = 0;
            for (int i = Warp.LaneIdx; i < size.Patches; i += CudaWarp.Lanes)
            {
                sum += maps[at + i];
            }

            sum = CudaWarp.Sum(sum);
            float norm = MathF.Sqrt(CudaWarp.Dot(maps, at, maps, at, size.Patches));
            norm = norm < 1e-12f ? 1e-12f : norm;
            if (Warp.LaneIdx == 0)
            {
                shared[clip] = norm;
                shared[size.Clips + clip] = sum / norm / size.Patches;
            }
        }

        Group.Barrier();
        double batchMean = 0;
        for (int clip = 0; clip < size.Clips; clip++)
        {
            batchMean += shared[size.Clips + clip];
        }

        for (int clip = warp; clip < size.Clips; clip += CudaWarp.PerGroup)
        {
            long at = (((long)clip * mapsPerClip) + Grid.IdxX) * size.Patches;
            float norm = shared[clip], threshold = perBatch != 0 ? (float)(batchMean / size.Clips) : shared[size.Clips + clip],
                largest = float.NegativeInfinity;
            for (int i = Warp.LaneIdx; soft != 0 && i < size.Patches; i += CudaWarp.Lanes)
            {
                largest = maps[at + i] > largest ? maps[at + i] : largest;
            }

            float inverse = 1 / CudaWarp.Maximum(largest);
            for (int i = Warp.LaneIdx; i < size.Patches; i += CudaWarp.Lanes)
            {
                masks[at + i] = soft != 0 ? maps[at + i] * inverse : maps[at + i] / norm > threshold ? 1f : 0f;
            }
        }
    }
}
