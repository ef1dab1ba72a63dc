using DoRA.Kernels.ObjectTracker;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class ObjectTrackerCudaTests
{
    [TestCase(3, 2, 3, 37, 42, 2, ElementType.Float32)]
    [TestCase(1, 1, 1, 5, 7, 10, ElementType.Float32)]
    [TestCase(2, 2, 3, 37, 140, 2, ElementType.Float32)]
    [TestCase(2, 2, 3, 37, 140, 3, ElementType.BFloat16)]
    [TestCase(1, 2, 3, 19, 21, 2, ElementType.BFloat16)]
    public void Every_stage_is_the_cpu_s(int clips, int frames, int heads, int patches, int width, int objects, ElementType activations)
    {
        ObjectTrackerSize size = new(clips, frames, heads, patches, width, objects);
        // Sums of patches or width products of numbers below 1, in lanes or in blocks of 16; normalised rows are at most 1. A score's error
        // is a relative one of its exponential, whose own is 1e-6 at arguments below 10.
        double overPatches = 2 * Agreement.SumError(patches, patches) + (16 * Agreement.Rounding * patches),
            overWidth = 4 * Agreement.SumError(width, Math.Sqrt(width)), maps = (4 * Agreement.SumError(width, width)) + 2e-6
            + Agreement.SumError(patches, 4);
        CudaBench.Compare(
            activations,
            kernels => kernels.ObjectTracker,
            (bench, op) =>
            {
                TestNumbers numbers = new(width);
                int stride = 3 * width;
                RowSpan packed = new(bench.Activations(numbers.Uniform(clips * frames * size.Tokens * stride)), stride);
                int[] drawn = [.. Enumerable.Range(0, clips * objects).Select(_ => numbers.Integer(heads))];
                DeviceSpan prototypes = bench.Undefined(clips * objects * width), similarity = bench.Undefined(clips * patches * objects),
                    normalized = bench.Undefined(clips * patches * width), refined = bench.Undefined(clips * objects * width),
                    maps = bench.Undefined(clips * frames * objects * patches);
                op.Prototypes(prototypes, bench.Upload(numbers.Uniform(clips * frames * heads * size.Tokens, 0)), bench.Upload(drawn),
                    packed, size);
                DeviceSpan given = bench.Upload(numbers.Uniform(clips * objects * width));
                op.Similarity(similarity, normalized, given, bench.Activations(numbers.Uniform(clips * size.Tokens * width)), size);
                op.Refine(refined, bench.Upload(numbers.Uniform(clips * patches * objects, 0)),
                    bench.Upload(numbers.Uniform(clips * patches * width)), size);
                op.TrackingMaps(maps, given, packed, size);
                return [bench.Download(prototypes), bench.Download(similarity), bench.Download(normalized), bench.Download(refined),
                    bench.Download(maps)];
            },
            overPatches, overWidth, overWidth, overPatches, maps);
    }

    /// <summary>The second plan is too large for shared memory, and is made step by step.</summary>
    [TestCase(2, 37, 24, 3, ElementType.Float32, 1)]
    [TestCase(1, 700, 9, 8, ElementType.Float32, 3)]
    [TestCase(2, 37, 24, 3, ElementType.BFloat16, 1)]
    public void Patches_are_assigned_as_by_the_cpu(int clips, int patches, int width, int objects, ElementType activations, int launches)
    {
        ObjectTrackerSize size = new(clips, 1, 1, patches, width, objects);
        // Similarities as above. The assignment is made of exp(S/ε): a similarity's error is multiplied by 1/ε, and relative to shares of at
        // most 1, once for its own exponential and once for its neighbours' in the sum. Refined prototypes are sums of unit rows with those
        // weights, which sum to patches/objects.
        double similarity = 4 * Agreement.SumError(width, Math.Sqrt(width)), assignment = (2 * similarity / 0.05) + (4 * Agreement.Rounding),
            refined = (patches * assignment) + (2 * Agreement.SumError(2 * patches, patches));
        IReadOnlyList<PtxMachine.LaunchReport> reports = CudaBench.Compare(
            activations,
            kernels => kernels.ObjectTracker,
            (bench, op) =>
            {
                TestNumbers numbers = new(patches);
                DeviceSpan s = bench.Undefined(clips * patches * objects), e = bench.Undefined(clips * patches * objects),
                    found = bench.Undefined(clips * objects * width);
                op.Assign(found, e, s, bench.Undefined(clips * patches * width), bench.Upload(numbers.Uniform(clips * objects * width)),
                    bench.Activations(numbers.Uniform(clips * size.Tokens * width)), size, 0.05f, 30);
                return [bench.Download(s), bench.Download(e), bench.Download(found)];
            },
            similarity, assignment, refined);
        Assert.That(reports, Has.Count.EqualTo(launches));
    }

    /// <summary>Maps whose values lie far from every threshold, so that no rounding turns a mask; soft masks are quotients of three
    /// roundings.</summary>
    [TestCase(MaskThreshold.PerImage, MaskKind.Hard)]
    [TestCase(MaskThreshold.PerBatch, MaskKind.Hard)]
    [TestCase(MaskThreshold.PerImage, MaskKind.Soft)]
    public void Masks_are_the_cpu_s(MaskThreshold threshold, MaskKind kind)
    {
        ObjectTrackerSize size = new(3, 2, 1, 37, 1, 2);
        IReadOnlyList<PtxMachine.LaunchReport> launches = CudaBench.Compare(
            kernels => kernels.ObjectTracker,
            (bench, op) =>
            {
                TestNumbers numbers = new(6);
                float[] maps = [.. Enumerable.Range(0, 3 * 2 * 2 * 37).Select(i => (i % 3 == 0 ? 3 : 1) + (numbers.Integer(3) * 0.01f))];
                DeviceSpan masks = bench.Undefined(maps.Length);
                op.Masks(masks, bench.Upload(maps), size, threshold, kind);
                return [bench.Download(masks)];
            },
            kind == MaskKind.Soft ? 4 * Agreement.Rounding : 0);
        Assert.That(launches, Has.Count.EqualTo(1));
    }
}
