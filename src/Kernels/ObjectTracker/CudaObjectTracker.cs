using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using DoRA.Kernels.Sinkhorn;
using ILGPU;

namespace DoRA.Kernels.ObjectTracker;

/// <summary>
/// Four launches: prototypes; similarities, Sinkhorn-Knopp and refinement, where a group has a clip and only vectors of k leave it; maps;
/// masks. Weighted sums over patches are shared out among a group's warps, whose sums are added in their order.
/// </summary>
internal sealed class CudaObjectTracker(CudaDevice device) : ObjectTrackerKernels
{
    private readonly CudaRowKernel
        _prototypes = new(device, WeighQueries<Float32, Float4>, WeighQueries<Float32, Float1>, WeighQueries<BFloat16, Float4>, WeighQueries<BFloat16, Float1>),
        _similarity = new(device, Compare<Float32, Float4>, Compare<Float32, Float1>, Compare<BFloat16, Float4>, Compare<BFloat16, Float1>),
        _assign = new(device, AssignPatches<Float32, Float4>, AssignPatches<Float32, Float1>, AssignPatches<BFloat16, Float4>, AssignPatches<BFloat16, Float1>),
        _refine = new(device, WeighPatches<Float4>, WeighPatches<Float1>, WeighPatches<Float4>, WeighPatches<Float1>),
        _maps = new(device, Attend<Float32, Float4>, Attend<Float32, Float1>, Attend<BFloat16, Float4>, Attend<BFloat16, Float1>);

    private readonly CudaKernel _masks = device.Kernel(Threshold);
    private readonly CudaSinkhorn _sinkhorn = new(device);

    public override void Prototypes(DeviceSpan prototypes, DeviceSpan clsAttention, DeviceSpan heads, RowSpan query,
        ObjectTrackerSize size)
    {
        (CudaKernel kernel, int elements) = Rows(_prototypes, size, query.Stride, prototypes, query.Span);
        kernel.Launch((CudaSlices.Groups(size.Width, elements), size.Clips * size.Objects), CudaSlices.GroupSize, prototypes, clsAttention,
            heads, query.Span, query.Stride, KernelArgument.Of(size));
    }

    public override void Similarity(DeviceSpan similarity, DeviceSpan normalizedPatches, DeviceSpan prototypes, DeviceSpan tokens,
        ObjectTrackerSize size) =>
        Rows(_similarity, size, size.Width, normalizedPatches, prototypes, tokens).Kernel.Launch(
            CudaWarp.Groups((long)size.Clips * size.Patches), CudaWarp.GroupSize, similarity, normalizedPatches, prototypes, tokens,
            KernelArgument.Of(size));

    public override void Refine(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan normalizedPatches,
        ObjectTrackerSize size)
    {
        (CudaKernel kernel, int elements) = Rows(_refine, size, size.Width, refinedPrototypes, normalizedPatches);
        kernel.Launch((CudaSlices.Groups(size.Width, elements), size.Clips * size.Objects), CudaSlices.GroupSize, refinedPrototypes,
            assignment, normalizedPatches, KernelArgument.Of(size));
    }

    public override void Assign(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan similarity, DeviceSpan normalizedPatches,
        DeviceSpan prototypes, DeviceSpan tokens, ObjectTrackerSize size, float epsilon, int iterations)
    {
        SinkhornSize plans = new(size.Clips, size.Patches, size.Objects);
        int sharedBytes = (CudaSinkhorn.Doubles(plans) * sizeof(double)) + (size.Patches * sizeof(float));
        if (sharedBytes > CudaKernel.SharedBytes - AssignStaticBytes)
        {
            Similarity(similarity, normalizedPatches, prototypes, tokens, size);
            _sinkhorn.Forward(assignment, similarity, plans, epsilon, iterations);
            Refine(refinedPrototypes, assignment, normalizedPatches, size);
            return;
        }

        Rows(_assign, size, size.Width, refinedPrototypes, prototypes, tokens).Kernel.LaunchShared(size.Clips, CudaSinkhorn.GroupSize,
            sharedBytes, refinedPrototypes, assignment, similarity, prototypes, tokens, KernelArgument.Of(size),
            CudaSinkhorn.Scale(epsilon), iterations);
    }

    public override void TrackingMaps(DeviceSpan maps, DeviceSpan prototypes, RowSpan key, ObjectTrackerSize size) =>
        Rows(_maps, size, key.Stride, prototypes, key.Span).Kernel.Launch(size.Clips * size.Frames, CudaWarp.GroupSize, maps, prototypes,
            key.Span, key.Stride, (float)(1 / Math.Sqrt(size.Width)), KernelArgument.Of(size));

    public override void Masks(DeviceSpan masks, DeviceSpan maps, ObjectTrackerSize size, MaskThreshold threshold, MaskKind kind) =>
        _masks.LaunchShared(size.Frames * size.Objects, CudaWarp.GroupSize, 3 * size.Clips * sizeof(float), masks, maps,
            KernelArgument.Of(size), threshold == MaskThreshold.PerBatch, kind == MaskKind.Soft);

    /// <summary>Static shared memory of <see cref="AssignPatches{T, TVector}"/>: vectors for the sums, and the warps' maxima.</summary>
    private const int AssignStaticBytes = (CudaSlices.SharedFloats + (4 * CudaWarp.Lanes)) * sizeof(float);

    /// <summary>Rows are vectors of d, one <paramref name="stride"/> after another.</summary>
    private static (CudaKernel Kernel, int Elements) Rows(CudaRowKernel kernel, ObjectTrackerSize size, int stride,
        params ReadOnlySpan<DeviceSpan> spans) => kernel.For(size.Width % 4 == 0 ? stride : 1, spans);

    /// <summary>Grid: groups of columns × clips · objects.</summary>
    private static void WeighQueries<T, TVector>(ArrayView<Float32> prototypes, ArrayView<float> clsAttention, ArrayView<int> heads,
        ArrayView<T> query, int stride, ObjectTrackerSize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        int item = Grid.IdxY, clip = item / size.Objects;
        long weights = ((((long)clip * size.Frames * size.Heads) + heads[item]) * size.Tokens) + 1;
        Weigh<T, TVector>(prototypes, (long)item * size.Width, Grid.IdxX, clsAttention, weights, 1, query,
            (((long)clip * size.Tokens) + 1) * stride, stride, size);
    }

    /// <summary>Grid: groups of columns × clips · objects.</summary>
    private static void WeighPatches<TVector>(ArrayView<Float32> refined, ArrayView<float> assignment, ArrayView<Float32> patches,
        ObjectTrackerSize size)
        where TVector : unmanaged, ICudaVector<TVector>
    {
        int item = Grid.IdxY, clip = item / size.Objects;
        long weights = ((long)clip * size.Patches * size.Objects) + (item % size.Objects);
        Weigh<Float32, TVector>(refined, (long)item * size.Width, Grid.IdxX, assignment, weights, size.Objects, patches,
            (long)clip * size.Patches * size.Width, size.Width, size);
    }

    /// <summary><c>sum = Σ_i weight_i row_i</c> over patches, one block of columns of it.</summary>
    private static void Weigh<T, TVector>(ArrayView<Float32> sum, long to, int block, ArrayView<float> weights, long weight,
        int weightStride, ArrayView<T> rows, long first, int stride, ObjectTrackerSize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default, own = vector.All(0);
        ArrayView<Float32> shared = SharedMemory.Allocate<Float32>(CudaSlices.SharedFloats);
        int column = ((block * CudaWarp.Lanes) + Warp.LaneIdx) * vector.Length;
        for (int i = Group.IdxX / CudaWarp.Lanes; column < size.Width && i < size.Patches; i += CudaWarp.PerGroup)
        {
            own = own.Plus(vector.All(weights[weight + ((long)i * weightStride)]).Times(vector.Load(rows, first + ((long)i * stride) + column)));
        }

        own = CudaSlices.Sum(own, shared);
        if (Group.IdxX < CudaWarp.Lanes && column < size.Width)
        {
            own.Store(sum, to + column);
        }
    }

    /// <summary>A warp a patch: its row normalised, and its product with every prototype of its clip.</summary>
    private static void Compare<T, TVector>(ArrayView<float> similarity, ArrayView<Float32> normalized, ArrayView<Float32> prototypes,
        ArrayView<T> tokens, ObjectTrackerSize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int row = CudaWarp.Row, width = size.Width;
        if (row >= size.Clips * size.Patches)
        {
            return;
        }

        int clip = row / size.Patches;
        long from = ((long)row + clip + 1) * width, to = (long)row * width;
        float inverse = Similarities<T, TVector>(similarity, (long)row * size.Objects, prototypes, (long)clip * size.Objects * width, tokens,
            from, size);
        for (int i = Warp.LaneIdx * vector.Length; i < width; i += CudaWarp.Lanes * vector.Length)
        {
            vector.Load(tokens, from + i).Times(vector.All(inverse)).Store(normalized, to + i);
        }
    }

    /// <summary>A patch's products with all prototypes, over its norm, by a warp. Returns 1/norm.</summary>
    private static float Similarities<T, TVector>(ArrayView<float> similarity, long to, ArrayView<Float32> prototypes, long firstPrototype,
        ArrayView<T> tokens, long from, ObjectTrackerSize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        float norm = MathF.Sqrt(CudaWarp.Dot<TVector, T, T>(tokens, from, tokens, from, size.Width)),
            inverse = 1 / (norm < 1e-12f ? 1e-12f : norm);
        for (int item = 0; item < size.Objects; item++)
        {
            float product = CudaWarp.Dot<TVector, T, Float32>(tokens, from, prototypes, firstPrototype + ((long)item * size.Width), size.Width);
            if (Warp.LaneIdx == 0)
            {
                similarity[to + item] = product * inverse;
            }
        }

        return inverse;
    }

    /// <summary>A group a clip. Shared: Sinkhorn's plan, then 1/norm of every patch, by which its share of a refined prototype is multiplied.</summary>
    private static void AssignPatches<T, TVector>(ArrayView<Float32> refined, ArrayView<float> assignment, ArrayView<float> similarity,
        ArrayView<Float32> prototypes, ArrayView<T> tokens, ObjectTrackerSize size, double scale, int iterations)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        ArrayView<double> memory = SharedMemory.GetDynamic<double>();
        ArrayView<Float32> shared = SharedMemory.Allocate<Float32>(CudaSlices.SharedFloats);
        SinkhornSize plan = new(size.Clips, size.Patches, size.Objects);
        int doubles = CudaSinkhorn.Doubles(plan), clip = Grid.IdxX, width = size.Width, warp = Group.IdxX / CudaWarp.Lanes;
        ArrayView<float> inverses = memory.SubView(doubles, (size.Patches + 1) / 2).Cast<float>();
        long firstItem = (long)clip * size.Objects, firstRow = (((long)clip * size.Tokens) + 1) * width,
            firstShare = (long)clip * size.Patches * size.Objects;
        for (int patch = warp; patch < size.Patches; patch += CudaWarp.PerGroup)
        {
            float inverse = Similarities<T, TVector>(similarity, firstShare + (patch * size.Objects), prototypes, firstItem * width, tokens,
                firstRow + ((long)patch * width), size);
            if (Warp.LaneIdx == 0)
            {
                inverses[patch] = inverse;
            }
        }

        Group.Barrier();
        CudaSinkhorn.Share(assignment, similarity, memory, plan, scale, iterations);
        Group.Barrier();
        for (int item = 0; item < size.Objects; item++)
        {
            for (int block = 0; block < width; block += CudaWarp.Lanes * vector.Length)
            {
                TVector own = vector.All(0);
                int column = block + (Warp.LaneIdx * vector.Length);
                for (int patch = warp; column < width && patch < size.Patches; patch += CudaWarp.PerGroup)
                {
                    float weight = assignment[firstShare + (patch * size.Objects) + item] * inverses[patch];
                    own = own.Plus(vector.All(weight).Times(vector.Load(tokens, firstRow + ((long)patch * width) + column)));
                }

                own = CudaSlices.Sum(own, shared);
                if (warp == 0 && column < width)
                {
                    own.Store(refined, ((firstItem + item) * width) + column);
                }
            }
        }
    }

    /// <summary>A group a frame: its warps take patches for the scores, which they leave in the maps, then objects for the
    /// softmax.</summary>
    private static void Attend<T, TVector>(ArrayView<float> maps, ArrayView<Float32> prototypes, ArrayView<T> key, int stride, float scale,
        ObjectTrackerSize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        int frame = Grid.IdxX, warp = Group.IdxX / CudaWarp.Lanes;
        long items = (long)(frame / size.Frames) * size.Objects * size.Width, map = (long)frame * size.Objects * size.Patches;
        for (int patch = warp; patch < size.Patches; patch += CudaWarp.PerGroup)
        {
            long row = (((long)frame * size.Tokens) + 1 + patch) * stride;
            for (int item = 0; item < size.Objects; item++)
            {
                float score = CudaWarp.Dot<TVector, T, Float32>(key, row, prototypes, items + ((long)item * size.Width), size.Width) * scale;
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
    /// each clip's norm, mean and largest value.
    /// </summary>
    private static void Threshold(ArrayView<float> masks, ArrayView<float> maps, ObjectTrackerSize size, int perBatch, int soft)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        int warp = Group.IdxX / CudaWarp.Lanes, mapsPerClip = size.Frames * size.Objects;
        for (int clip = warp; clip < size.Clips; clip += CudaWarp.PerGroup)
        {
            long at = (((long)clip * mapsPerClip) + Grid.IdxX) * size.Patches;
            float sum = 0, squares = 0, largest = float.NegativeInfinity;
            for (int i = FirstOf(at); i < size.Patches; i += CudaWarp.Lanes)
            {
                float value = i < 0 ? 0f : maps[at + i];
                sum += value;
                squares += value * value;
                largest = value > largest ? value : largest;
            }

            sum = CudaWarp.Sum(sum);
            largest = CudaWarp.Maximum(largest);
            float norm = MathF.Sqrt(CudaWarp.Sum(squares));
            norm = norm < 1e-12f ? 1e-12f : norm;
            if (Warp.LaneIdx == 0)
            {
                shared[clip] = norm;
                shared[size.Clips + clip] = sum / norm / size.Patches;
                shared[(2 * size.Clips) + clip] = largest;
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
                inverse = 1 / shared[(2 * size.Clips) + clip];
            for (int i = FirstOf(at); i < size.Patches; i += CudaWarp.Lanes)
            {
                if (i >= 0)
                {
                    masks[at + i] = soft != 0 ? maps[at + i] * inverse : maps[at + i] / norm > threshold ? 1f : 0f;
                }
            }
        }
    }

    /// <summary>
    /// Where a lane begins in a map that begins at <paramref name="at"/>: before it, if need be, so that the warp's accesses begin where
    /// sectors of 32 bytes do.
    /// </summary>
    private static int FirstOf(long at) => Warp.LaneIdx - (int)(at % 8);
}
