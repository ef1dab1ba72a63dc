using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;
using DoRA.Kernels.Primitives;

namespace DoRA.Model;

/// <summary>Discovers objects at frame 0 from the teacher's attention heads and tracks them through the clip (DoRA, section 3).</summary>
public sealed class ObjectTracker(TrackerConfiguration configuration, Fidelity fidelity)
{
    /// <summary>Masks of every frame's objects, with what they came from, in memory of <paramref name="arena"/>.</summary>
    /// <param name="heads">[clips, k] int32: the heads drawn for each clip.</param>
    public TrackedObjects Track(Arena arena, TrackingFeatures features, DeviceSpan heads, ObjectTrackerSize size)
    {
        ObjectTrackerKernels kernels = arena.Device.Kernels.ObjectTracker;
        DeviceSpan prototypes = Rent(arena, size.Clips, size.Objects, size.Width);
        kernels.Prototypes(prototypes, features.ClsAttention, heads, features.Query, size with { Frames = 1 });
        TrackedObjects found = new() { Prototypes = prototypes };
        if (configuration.Sinkhorn)
        {
            found = Refine(arena, features, found, size);
        }

        DeviceSpan maps = Rent(arena, size.Clips * size.Frames, size.Objects, size.Patches);
        DeviceSpan masks = Rent(arena, size.Clips * size.Frames, size.Objects, size.Patches);
        kernels.TrackingMaps(maps, configuration.Sinkhorn ? found.RefinedPrototypes : prototypes, features.Key, size);
        kernels.Masks(masks, maps, size, fidelity.Threshold, fidelity.Mask);
        return found with { Maps = maps, Masks = masks };
    }

    /// <summary>Heads [clips × k] without repetition, for each clip its own or one draw for all.</summary>
    /// <param name="firstClip">The first clip's number among all processes' clips.</param>
    public int[] DrawHeads(ulong seed, uint step, int firstClip, int clips, int heads)
    {
        int[] drawn = new int[clips * configuration.Objects];
        for (int clip = 0; clip < clips; clip++)
        {
            int item = fidelity.DrawsHeadsPerBatch ? 0 : firstClip + clip;
            Span<int> places = drawn.AsSpan(clip * configuration.Objects, configuration.Objects);
            Draw(new(seed, RandomPurpose.HeadDraw, step, (uint)item), heads, places);
        }

        return drawn;
    }

    /// <summary>
    /// Random masks [clips, frames, k, n] which show each patch with probability <see cref="TrackerConfiguration.RandomKeep"/>.
    /// </summary>
    /// <param name="firstClip">The first clip's number among all processes' clips.</param>
    public float[] DrawMasks(ulong seed, uint step, int firstClip, int clips, int frames, int patches)
    {
        int length = frames * configuration.Objects * patches;
        float[] masks = new float[clips * length];
        for (int clip = 0; clip < clips; clip++)
        {
            PhiloxStream stream = new(seed, RandomPurpose.RandomMask, step, (uint)(firstClip + clip));
            for (int i = 0; i < length; i++)
            {
                masks[(clip * length) + i] = stream.Uniform((uint)i) < configuration.RandomKeep ? 1 : 0;
            }
        }

        return masks;
    }

    private TrackedObjects Refine(Arena arena, TrackingFeatures features, TrackedObjects found, ObjectTrackerSize size)
    {
        DeviceSpan normalizedPatches = Rent(arena, size.Clips, size.Patches, size.Width);
        DeviceSpan similarity = Rent(arena, size.Clips, size.Patches, size.Objects);
        DeviceSpan assignment = Rent(arena, size.Clips, size.Patches, size.Objects);
        DeviceSpan refined = Rent(arena, size.Clips, size.Objects, size.Width);
        arena.Device.Kernels.ObjectTracker.Assign(refined, assignment, similarity, normalizedPatches, found.Prototypes, features.Tokens, size,
            configuration.SinkhornEpsilon, configuration.SinkhornIterations);
        return found with { Similarity = similarity, Assignment = assignment, RefinedPrototypes = refined };
    }

    /// <summary>The first places of a shuffle (Fisher and Yates).</summary>
    private static void Draw(PhiloxStream stream, int heads, Span<int> drawn)
    {
        int[] order = [.. Enumerable.Range(0, heads)];
        for (int i = 0; i < drawn.Length; i++)
        {
            int other = i + stream.Integer((uint)i, heads - i);
            (order[i], order[other]) = (order[other], order[i]);
            drawn[i] = order[i];
        }
    }

    private static DeviceSpan Rent(Arena arena, int batch, int rows, int width) =>
        arena.Rent((long)batch * rows * width, ElementType.Float32);
}
