using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>
/// DINO-seg as LOST's authors compare with it: the patches that hold the top 60% of one head's CLS attention; the box of their largest
/// connected part.
/// </summary>
public static class DinoSeg
{
    private const double KeptMass = 0.6;

    /// <param name="attention">One head's attention of the CLS token to the patches.</param>
    /// <remarks>As in the original the component numbered last never counts, and where there is but one the box is the
    /// background's.</remarks>
    public static (bool[] Mask, Box Box) Find(float[] attention, PatchMap map)
    {
        bool[] mask = Top(attention);
        int[] parts = Components.Label(mask, map.Columns);
        int count = parts.Max();
        int largest = count <= 1 ? 0 : Enumerable.Range(1, count - 1).MaxBy(part => parts.Count(other => other == part));
        Box box = Components.BoxAround(parts, map.Columns, largest) ?? new(0, 0, map.Columns, map.Rows);
        return (mask, map.Pixels(box));
    }

    private static bool[] Top(float[] attention)
    {
        double total = attention.Sum(value => (double)value), sum = 0;
        bool[] mask = new bool[attention.Length];
        foreach (int patch in Enumerable.Range(0, attention.Length).OrderBy(patch => attention[patch]))
        {
            sum += attention[patch] / total;
            mask[patch] = sum > 1 - KeptMass;
        }

        return mask;
    }
}
