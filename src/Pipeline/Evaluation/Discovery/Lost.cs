using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>
/// LOST (Siméoni et al., BMVC 2021): the patch that the fewest others resemble is the seed; those of the least connected patches that
/// resemble it vote which patches belong to its object. Ties go to the lower index.
/// </summary>
public static class Lost
{
    /// <summary>Patches that may expand the seed.</summary>
    public const int Candidates = 100;

    /// <param name="affinity">A, [n, n]: products of the patches' keys.</param>
    /// <param name="candidates">The least connected patches that may expand the seed.</param>
    public static LostObject Find(float[] affinity, PatchMap map, int candidates = Candidates)
    {
        int patches = map.Rows * map.Columns;
        int[] degrees = [.. Enumerable.Range(0, patches).Select(row => Degree(affinity.AsSpan(row * patches, patches), row))];
        int[] order = [.. Enumerable.Range(0, patches).OrderBy(patch => degrees[patch])];
        int seed = order[0];
        float[] votes = new float[patches];
        foreach (int similar in order.Take(candidates).Where(other => affinity[(seed * patches) + other] > 0))
        {
            for (int i = 0; i < patches; i++)
            {
                votes[i] += affinity[(similar * patches) + i];
            }
        }

        int[] parts = Components.Label([.. votes.Select(vote => vote > 0)], map.Columns);
        return new(degrees, order, seed, votes, map.InsidePicture(Components.BoxAround(parts, map.Columns, parts[seed])!.Value));
    }

    /// <summary>How many others resemble a patch.</summary>
    private static int Degree(ReadOnlySpan<float> row, int self)
    {
        int degree = 0;
        for (int i = 0; i < row.Length; i++)
        {
            degree += i != self && row[i] > 0 ? 1 : 0;
        }

        return degree;
    }
}

/// <summary>What LOST found.</summary>
/// <param name="Degrees">How many others resemble each patch.</param>
/// <param name="Order">Patches by rising degree.</param>
/// <param name="Votes">The summed rows of A of those that expand the seed.</param>
/// <param name="Box">In pixels.</param>
public sealed record LostObject(int[] Degrees, int[] Order, int Seed, float[] Votes, Box Box);
