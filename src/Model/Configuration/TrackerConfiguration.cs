using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>What hides patches of the student's global views.</summary>
public enum Masking
{
    /// <summary>The masks of tracked objects.</summary>
    Tracked,

    /// <summary>Random masks in place of tracked ones.</summary>
    Random,

    /// <summary>Nothing; the student sees a second global crop of its own.</summary>
    Off,
}

/// <summary>Discovery and tracking of objects.</summary>
/// <param name="Objects">k.</param>
/// <param name="Masking">Tracked, random or no masks.</param>
/// <param name="Sinkhorn">Refines the prototypes by Sinkhorn-Knopp; without it the maps come straight from the prototypes.</param>
/// <param name="SinkhornIterations">Scalings of rows and columns.</param>
/// <param name="SinkhornEpsilon">ε, the temperature of the assignment.</param>
/// <param name="RandomKeep">With random masks, the share of patches that stay visible.</param>
public sealed record TrackerConfiguration(
    int Objects = 3,
    Masking Masking = Masking.Tracked,
    bool Sinkhorn = true,
    int SinkhornIterations = 30,
    float SinkhornEpsilon = 0.05f,
    float RandomKeep = 0.5f)
{
    /// <param name="heads">The backbone's heads, of which each object takes one.</param>
    /// <exception cref="UserException">There are more objects than heads, or none.</exception>
    public void Validate(int heads)
    {
        if (Objects < 1 || (Masking == Masking.Tracked && Objects > heads))
        {
            throw new UserException(
                $"{Objects} objects cannot be tracked with {heads} attention heads; each takes a head of its own, so give 1 to {heads}.");
        }
    }
}
