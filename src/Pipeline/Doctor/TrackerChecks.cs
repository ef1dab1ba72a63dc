using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;

namespace DoRA.Pipeline.Doctor;

/// <summary>Objects of 8 clips of 8 frames of 224 pixels in ViT-small, three a clip.</summary>
internal static class TrackerChecks
{
    private const int Iterations = 30;
    private const float Epsilon = 0.05f;

    private static readonly ObjectTrackerSize Size = new(8, 8, 6, 196, 384, 3);

    public static IEnumerable<OperationCheck> All => [Prototypes(), Sinkhorn(), Assign(), Maps(), Masks()];

    private static string Shape => $"{Size.Clips}×{Size.Frames}×{Size.Objects}×{Size.Patches}";

    private static OperationCheck Prototypes()
    {
        float[] attention = CheckNumbers.Positive(40, Size.Clips * Size.Frames * Size.Heads * Size.Tokens),
            query = CheckNumbers.Uniform(41, (long)Size.Clips * Size.Tokens * Size.Width);
        int[] heads = [.. Enumerable.Range(0, Size.Clips * Size.Objects).Select(i => i % Size.Heads)];
        return new("tracker/prototypes", Shape, memory =>
        {
            DeviceSpan prototypes = memory.EmptyFloats(Size.Clips * Size.Objects * Size.Width), deviceAttention = memory.Floats(attention),
                deviceHeads = memory.Integers(heads), deviceQuery = memory.Activations(query);
            return new(() => memory.Kernels.ObjectTracker.Prototypes(
                prototypes, deviceAttention, deviceHeads, new(deviceQuery, Size.Width), Size), prototypes);
        })
        {
            Activations = query.Length,
            Truth = i =>
            {
                (int column, int drawn) = (i % Size.Width, i / Size.Width);
                int clip = drawn / Size.Objects;
                long map = (((long)clip * Size.Frames * Size.Heads) + heads[drawn]) * Size.Tokens;
                return CheckNumbers.Dot(attention, map + 1, query, (((long)clip * Size.Tokens) + 1) * Size.Width + column, Size.Patches, 1, Size.Width);
            },
        };
    }

    private static OperationCheck Sinkhorn()
    {
        float[] similarity = CheckNumbers.Uniform(42, Size.Clips * Size.Patches * Size.Objects);
        return new("Sinkhorn-Knopp", $"{Size.Clips}×{Size.Patches}×{Size.Objects}, {Iterations} times", memory =>
        {
            DeviceSpan assignment = memory.EmptyFloats(similarity.Length), deviceSimilarity = memory.Floats(similarity);
            return new(() => memory.Kernels.Sinkhorn.Forward(
                assignment, deviceSimilarity, new(Size.Clips, Size.Patches, Size.Objects), Epsilon, Iterations), assignment);
        })
        {
            Flops = 4.0 * Iterations * similarity.Length,
            Truth = i =>
            {
                int clip = Size.Patches * Size.Objects;
                return Plan([.. similarity.AsSpan(i / clip * clip, clip).ToArray().Select(value => (double)value)])[i % clip];
            },
        };
    }

    private static OperationCheck Assign()
    {
        float[] prototypes = CheckNumbers.Uniform(43, Size.Clips * Size.Objects * Size.Width, 0.25f),
            tokens = CheckNumbers.Uniform(44, (long)Size.Clips * Size.Tokens * Size.Width);
        double[] Patch(int clip, int patch)
        {
            double[] row = [.. tokens.AsSpan(((clip * Size.Tokens) + 1 + patch) * Size.Width, Size.Width).ToArray().Select(value => (double)value)];
            double length = Math.Sqrt(row.Sum(value => value * value));
            return Array.ConvertAll(row, value => value / length);
        }

        return new("tracker/assign and refine", Shape, memory =>
        {
            DeviceSpan refined = memory.EmptyFloats(prototypes.Length), devicePrototypes = memory.Floats(prototypes), deviceTokens = memory.Activations(tokens);
            DeviceSpan assignment = memory.EmptyFloats(Size.Clips * Size.Patches * Size.Objects), similarity = memory.EmptyFloats(assignment.Length),
                normalized = memory.EmptyFloats((long)Size.Clips * Size.Patches * Size.Width);
            return new(() => memory.Kernels.ObjectTracker.Assign(
                refined, assignment, similarity, normalized, devicePrototypes, deviceTokens, Size, Epsilon, Iterations), refined);
        })
        {
            Activations = tokens.Length,
            Truth = i =>
            {
                (int column, int drawn) = (i % Size.Width, i / Size.Width);
                (int clip, int item) = (drawn / Size.Objects, drawn % Size.Objects);
                double[][] patches = [.. Enumerable.Range(0, Size.Patches).Select(patch => Patch(clip, patch))];
                double[] similarity = [.. patches.SelectMany(patch => Enumerable.Range(0, Size.Objects).Select(k =>
                    patch.Select((value, c) => value * prototypes[(((clip * Size.Objects) + k) * Size.Width) + c]).Sum()))];
                double[] plan = Plan(similarity);
                return patches.Select((patch, n) => plan[(n * Size.Objects) + item] * patch[column]).Sum();
            },
        };
    }

    private static OperationCheck Maps()
    {
        float[] prototypes = CheckNumbers.Uniform(45, Size.Clips * Size.Objects * Size.Width),
            key = CheckNumbers.Uniform(46, (long)Size.Clips * Size.Frames * Size.Tokens * Size.Width);
        return new("tracker/maps", Shape, memory =>
        {
            DeviceSpan maps = memory.EmptyFloats(Size.Clips * Size.Frames * Size.Objects * Size.Patches), devicePrototypes = memory.Floats(prototypes),
                deviceKey = memory.Activations(key);
            return new(() => memory.Kernels.ObjectTracker.TrackingMaps(maps, devicePrototypes, new(deviceKey, Size.Width), Size), maps);
        })
        {
            Activations = key.Length,
            Truth = i =>
            {
                int map = i / Size.Patches, frame = map / Size.Objects, drawn = (frame / Size.Frames * Size.Objects) + (map % Size.Objects);
                return CheckNumbers.Softmax(Enumerable.Range(0, Size.Patches).Select(patch => CheckNumbers.Dot(
                    prototypes, (long)drawn * Size.Width, key, (((long)frame * Size.Tokens) + 1 + patch) * Size.Width, Size.Width)
                    / Math.Sqrt(Size.Width)))[i % Size.Patches];
            },
        };
    }

    private static OperationCheck Masks()
    {
        float[] maps = CheckNumbers.Positive(47, Size.Clips * Size.Frames * Size.Objects * Size.Patches);
        return new("tracker/masks", Shape, memory =>
        {
            DeviceSpan masks = memory.EmptyFloats(maps.Length), deviceMaps = memory.Floats(maps);
            return new(() => memory.Kernels.ObjectTracker.Masks(masks, deviceMaps, Size, MaskThreshold.PerImage, MaskKind.Hard), masks);
        })
        {
            Words = 2.0 * maps.Length,
            Truth = i => maps[i] > maps.AsSpan(i / Size.Patches * Size.Patches, Size.Patches).ToArray().Average(value => (double)value) ? 1 : 0,
        };
    }

    /// <summary>The plan [patches, objects] of one image's similarities.</summary>
    private static double[] Plan(double[] similarity)
    {
        double largest = similarity.Max() / Epsilon;
        double[] plan = Array.ConvertAll(similarity, value => Math.Exp((value / Epsilon) - largest));
        void Scale(int count, double target, Func<int, int, int> at, int others)
        {
            for (int i = 0; i < count; i++)
            {
                double sum = Enumerable.Range(0, others).Sum(j => plan[at(i, j)]);
                for (int j = 0; j < others; j++)
                {
                    plan[at(i, j)] *= target / sum;
                }
            }
        }

        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Scale(Size.Objects, 1.0 / Size.Objects, (k, n) => (n * Size.Objects) + k, Size.Patches);
            Scale(Size.Patches, 1.0 / Size.Patches, (n, k) => (n * Size.Objects) + k, Size.Objects);
        }

        return Array.ConvertAll(plan, value => value * Size.Patches);
    }
}
