namespace DoRA.Pipeline.Scores;

/// <summary>
/// How often patches find back: from a frame to a later one and on to the mirror image of the first, each time to the patch with the most
/// similar token. The patch that a walk must end at is known, no label is needed, and where a patch lies in the picture does not help.
/// </summary>
public static class CycleConsistency
{
    /// <param name="first">The frame's patch tokens [rows · columns, width].</param>
    /// <param name="later">The later frame's.</param>
    /// <param name="mirrored">Those of the first frame's mirror image.</param>
    /// <returns>The share of patches whose walk ends at their own mirror image or right beside it, in 0..1.</returns>
    public static double Score(float[] first, float[] later, float[] mirrored, int rows, int columns)
    {
        int patches = rows * columns, width = first.Length / patches, hits = 0;
        float[][] frames = [[.. first], [.. later], [.. mirrored]];
        foreach (float[] frame in frames)
        {
            Features.Normalize(frame, width);
        }

        for (int patch = 0; patch < patches; patch++)
        {
            int end = Nearest(frames[2], frames[1], Nearest(frames[1], frames[0], patch, width), width);
            int mirror = columns - 1 - (patch % columns);
            hits += Math.Abs((end / columns) - (patch / columns)) <= 1 && Math.Abs((end % columns) - mirror) <= 1 ? 1 : 0;
        }

        return (double)hits / patches;
    }

    private static int Nearest(float[] tokens, float[] from, int patch, int width)
    {
        ReadOnlySpan<float> own = from.AsSpan(patch * width, width);
        (int nearest, float best) = (0, float.NegativeInfinity);
        for (int i = 0; i < tokens.Length / width; i++)
        {
            float similarity = Features.Dot(own, tokens.AsSpan(i * width, width));
            (nearest, best) = similarity > best ? (i, similarity) : (nearest, best);
        }

        return nearest;
    }
}
