using DoRA.Kernels.ObjectTracker;
using DoRA.References;

namespace DoRA.Kernels.Tests;

/// <summary>What the tracker is given.</summary>
internal interface ITrackerClips
{
    ObjectTrackerSize Size { get; }

    int[] Heads { get; }

    float[] ClsAttention { get; }

    float[] FinalTokens { get; }

    float[] Queries { get; }

    float[] Keys { get; }

    int Stride { get; }
}

/// <summary>A golden file's tensors in the engine's layout: heads side by side in a token's row, and frame 0's place among the
/// frames.</summary>
internal sealed class GoldenTrackerClips : ITrackerClips
{
    public GoldenTrackerClips(GoldenFile golden)
    {
        int[] queries = golden.Shape("queries"), keys = golden.Shape("keys");
        (int clips, int heads, int tokens, int headDim) = (queries[0], queries[1], queries[2], queries[3]);
        int frames = keys[1], width = heads * headDim;
        int[] drawn = [.. golden.Longs("heads").Select(head => (int)head)];
        Size = new(clips, frames, heads, tokens - 1, width, drawn.Length);
        Heads = [.. Enumerable.Range(0, clips).SelectMany(_ => drawn)];
        Queries = HeadsSideBySide(golden.Floats("queries"), clips, heads, tokens, headDim);
        Keys = HeadsSideBySide(golden.Floats("keys"), clips * frames, heads, tokens, headDim);

        float[] attention = golden.Floats("clsAttention"), patches = golden.Floats("patches");
        ClsAttention = new float[clips * frames * heads * tokens];
        FinalTokens = new float[clips * tokens * width];
        for (int clip = 0; clip < clips; clip++)
        {
            attention.AsSpan(clip * heads * tokens, heads * tokens).CopyTo(ClsAttention.AsSpan(clip * frames * heads * tokens));
            patches.AsSpan(clip * frames * (tokens - 1) * width,
                (tokens - 1) * width).CopyTo(FinalTokens.AsSpan(((clip * tokens) + 1) * width));
        }
    }

    public ObjectTrackerSize Size { get; }

    public int[] Heads { get; }

    public float[] Queries { get; }

    public float[] Keys { get; }

    public int Stride => Size.Width;

    public float[] ClsAttention { get; }

    public float[] FinalTokens { get; }

    private static float[] HeadsSideBySide(float[] values, int images, int heads, int tokens, int headDim)
    {
        float[] rows = new float[values.Length];
        for (int image = 0; image < images; image++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int token = 0; token < tokens; token++)
                {
                    values.AsSpan(((((image * heads) + head) * tokens) + token) * headDim, headDim)
                        .CopyTo(rows.AsSpan(((((image * tokens) + token) * heads) + head) * headDim));
                }
            }
        }

        return rows;
    }
}

/// <summary>Clips of random numbers, queries and keys side by side in packed rows with a third part that nothing may read.</summary>
internal sealed class RandomTrackerClips : ITrackerClips
{
    public RandomTrackerClips(ObjectTrackerSize size)
    {
        Size = size;
        TestNumbers numbers = new(size.Patches + size.Width);
        ClsAttention = numbers.Uniform(size.Clips * size.Frames * size.Heads * size.Tokens, 0);
        Heads = [.. Enumerable.Range(0, size.Clips * size.Objects).Select(_ => numbers.Integer(size.Heads))];
        Packed = numbers.Uniform(size.Clips * size.Frames * size.Tokens * 3 * size.Width);
        FinalTokens = numbers.Uniform(size.Clips * size.Tokens * size.Width);
        Prototypes = numbers.Uniform(size.Clips * size.Objects * size.Width);
        Assignment = numbers.Uniform(size.Clips * size.Patches * size.Objects, 0);
    }

    public ObjectTrackerSize Size { get; }

    public int[] Heads { get; }

    public float[] ClsAttention { get; }

    public float[] FinalTokens { get; }

    public float[] Packed { get; }

    public float[] Queries => Packed;

    public float[] Keys => Packed;

    public int Stride => 3 * Size.Width;

    public float[] Prototypes { get; }

    public float[] Assignment { get; }
}
