using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Sinkhorn;

namespace DoRA.Kernels.ObjectTracker;

/// <summary>
/// Narrow products: k rows against n. Each token is read once for all objects. Sums over patches are made in blocks of 16 in float32 and
/// over the blocks in turn, which keeps a sum's error that of some ten additions.
/// </summary>
internal sealed unsafe class CpuObjectTracker(CpuThreads threads) : ObjectTrackerKernels
{
    private readonly CpuSinkhorn _sinkhorn = new(threads);

    public override void Prototypes(DeviceSpan prototypes, DeviceSpan clsAttention, DeviceSpan heads, RowSpan query, ObjectTrackerSize size)
    {
        float* output = prototypes.Floats(), attention = clsAttention.Floats(), queries = query.Span.Floats();
        int* drawn = heads.Integers();
        WorkParts parts = new((long)size.Clips * size.Objects, (long)size.Patches * size.Width);
        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                int clip = at / size.Objects;
                float* row = attention + (((((long)clip * size.Frames * size.Heads) + drawn[at]) * size.Tokens) + 1);
                float* first = queries + ((((long)clip * size.Tokens) + 1) * query.Stride);
                WeightedSum(output + ((long)at * size.Width), row, 1, first, query.Stride, size.Patches, size.Width);
            }
        });
    }

    public override void Similarity(DeviceSpan similarity, DeviceSpan normalizedPatches, DeviceSpan prototypes, DeviceSpan tokens,
        ObjectTrackerSize size)
    {
        float* output = similarity.Floats(), normalized = normalizedPatches.Floats(), prototype = prototypes.Floats(),
            input = tokens.Floats();
        WorkParts parts = new((long)size.Clips * size.Patches, (long)size.Width * (size.Objects + 2));
        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                int clip = at / size.Patches;
                float* from = input + ((at + clip + 1L) * size.Width), to = normalized + ((long)at * size.Width);
                float norm = MathF.Max(MathF.Sqrt(VectorRow.Dot(from, from, size.Width)), 1e-12f);
                VectorRow.Scale(to, from, 1 / norm, size.Width);
                for (int item = 0; item < size.Objects; item++)
                {
                    output[((long)at * size.Objects) + item] =
                        VectorRow.Dot(to, prototype + ((((long)clip * size.Objects) + item) * size.Width), size.Width);
                }
            }
        });
    }

    public override void Assign(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan similarity, DeviceSpan normalizedPatches,
        DeviceSpan prototypes, DeviceSpan tokens, ObjectTrackerSize size, float epsilon, int iterations)
    {
        Similarity(similarity, normalizedPatches, prototypes, tokens, size);
        _sinkhorn.Forward(assignment, similarity, new(size.Clips, size.Patches, size.Objects), epsilon, iterations);
        Refine(refinedPrototypes, assignment, normalizedPatches, size);
    }

    public override void Refine(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan normalizedPatches, ObjectTrackerSize size)
    {
        float* output = refinedPrototypes.Floats(), share = assignment.Floats(), normalized = normalizedPatches.Floats();
        WorkParts parts = new((long)size.Clips * size.Objects, (long)size.Patches * size.Width);
        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                long clip = at / size.Objects, item = at % size.Objects;
                float* weights = share + (clip * size.Patches * size.Objects) + item;
                WeightedSum(output + ((long)at * size.Width), weights, size.Objects, normalized + (clip * size.Patches * size.Width),
                    size.Width, size.Patches, size.Width);
            }
        });
    }

    public override void TrackingMaps(DeviceSpan maps, DeviceSpan prototypes, RowSpan key, ObjectTrackerSize size)
    {
        float* output = maps.Floats(), prototype = prototypes.Floats(), keys = key.Span.Floats();
        float scale = (float)(1 / Math.Sqrt(size.Width));
        WorkParts parts = new((long)size.Clips * size.Frames, (long)size.Patches * size.Width);
        threads.Run(parts.Count, part =>
        {
            for (int frame = parts.Start(part); frame < parts.End(part); frame++)
            {
                float* items = prototype + ((long)(frame / size.Frames) * size.Objects * size.Width);
                float* map = output + ((long)frame * size.Objects * size.Patches);
                for (int patch = 0; patch < size.Patches; patch++)
                {
                    float* row = keys + ((((long)frame * size.Tokens) + 1 + patch) * key.Stride);
                    for (int item = 0; item < size.Objects; item++)
                    {
                        map[((long)item * size.Patches) + patch] =
                            VectorRow.Dot(items + ((long)item * size.Width), row, size.Width) * scale;
                    }
                }

                for (int item = 0; item < size.Objects; item++)
                {
                    Softmax(map + ((long)item * size.Patches), size.Patches);
                }
            }
        });
    }

    public override void Masks(DeviceSpan masks, DeviceSpan maps, ObjectTrackerSize size, MaskThreshold threshold, MaskKind kind)
    {
        float* output = masks.Floats(), input = maps.Floats();
        int mapsPerClip = size.Frames * size.Objects, count = size.Clips * mapsPerClip;
        float* norms = threads.Scratch(2L * count), means = norms + count;
        WorkParts parts = new(count, size.Patches);
        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                float* map = input + ((long)at * size.Patches);
                norms[at] = MathF.Max(MathF.Sqrt(VectorRow.Dot(map, map, size.Patches)), 1e-12f);
                means[at] = VectorRow.Sum(map, size.Patches) / norms[at] / size.Patches;
            }
        });

        if (threshold == MaskThreshold.PerBatch)
        {
            AverageOverClips(means, size.Clips, mapsPerClip);
        }

        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                float* map = input + ((long)at * size.Patches), mask = output + ((long)at * size.Patches);
                if (kind == MaskKind.Soft)
                {
                    VectorRow.Scale(mask, map, 1 / VectorRow.Maximum(map, size.Patches), size.Patches);
                    continue;
                }

                for (int patch = 0; patch < size.Patches; patch++)
                {
                    mask[patch] = map[patch] / norms[at] > means[at] ? 1 : 0;
                }
            }
        });
    }

    private static void AverageOverClips(float* means, int clips, int mapsPerClip)
    {
        for (int map = 0; map < mapsPerClip; map++)
        {
            double sum = 0;
            for (int clip = 0; clip < clips; clip++)
            {
                sum += means[((long)clip * mapsPerClip) + map];
            }

            for (int clip = 0; clip < clips; clip++)
            {
                means[((long)clip * mapsPerClip) + map] = (float)(sum / clips);
            }
        }
    }

    /// <summary><c>y = Σ_i weight_i row_i</c>.</summary>
    private static void WeightedSum(float* y, float* weights, int weightStride, float* rows, int rowStride, int count, int width)
    {
        const int blockLength = 16;
        int column = 0;
        for (; column <= width - VectorRow.Lanes; column += VectorRow.Lanes)
        {
            Vector512<float> sum = default;
            for (int start = 0; start < count; start += blockLength)
            {
                Vector512<float> block = default;
                for (int i = start; i < Math.Min(start + blockLength, count); i++)
                {
                    Vector512<float> weight = Vector512.Create(weights[(long)i * weightStride]);
                    block = Vector512.FusedMultiplyAdd(Vector512.Load(rows + ((long)i * rowStride) + column), weight, block);
                }

                sum += block;
            }

            Vector512.Store(sum, y + column);
        }

        for (; column < width; column++)
        {
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                sum += (double)weights[(long)i * weightStride] * rows[((long)i * rowStride) + column];
            }

            y[column] = (float)sum;
        }
    }

    private static void Softmax(float* x, int length)
    {
        Vector512<float> shift = Vector512.Create(VectorRow.Maximum(x, length)), sum = default;
        int i = 0;
        for (; i <= length - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> e = VectorMath.Exp(Vector512.Load(x + i) - shift);
            Vector512.Store(e, x + i);
            sum += e;
        }

        if (i < length)
        {
            Vector512<float> e = VectorMath.Exp(VectorRow.LoadTail(x + i, length - i, float.NegativeInfinity) - shift);
            VectorRow.StoreTail(e, x + i, length - i);
            sum += e;
        }

        VectorRow.Scale(x, x, 1 / Vector512.Sum(sum), length);
    }
}
