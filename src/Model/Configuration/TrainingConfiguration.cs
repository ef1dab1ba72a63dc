using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>How student and teacher are paired.</summary>
public enum TrainingMethod
{
    /// <summary>Masked copies of tracked objects and local views against the teacher's whole frame.</summary>
    Dora,

    /// <summary>DINO: two global and the local views of an image against the teacher's two global views.</summary>
    Dino,
}

/// <summary>What stays the same over a run of training.</summary>
/// <param name="Network">The student and its teacher.</param>
/// <param name="Method">DoRA or DINO.</param>
/// <param name="Seed">Of all random numbers: first weights, heads, masks, stochastic depth.</param>
public sealed record TrainingConfiguration(NetworkConfiguration Network, TrainingMethod Method = TrainingMethod.Dora, ulong Seed = 0)
{
    public TrackerConfiguration Tracker { get; init; } = new();

    public Fidelity Fidelity { get; init; } = Fidelity.Paper;

    public float StudentTemperature { get; init; } = 0.1f;

    /// <summary>Share of the center that a step keeps.</summary>
    public float CenterMomentum { get; init; } = 0.9f;

    /// <summary>Largest norm of a parameter tensor's gradient.</summary>
    public double ClipNorm { get; init; } = 3;

    /// <summary>AdamW's β₁, β₂ and ε.</summary>
    public (double Beta1, double Beta2, double Epsilon) Adam { get; init; } = (0.9, 0.999, 1e-8);

    /// <summary>Global views that a batch holds: the teacher's alone where masks make the student's from it, else two.</summary>
    public int GlobalViews => HasMasks ? 1 : 2;

    /// <summary>True where the student's global views are masked copies of the teacher's.</summary>
    public bool HasMasks => Method == TrainingMethod.Dora && Tracker.Masking != Masking.Off;

    /// <exception cref="UserException">Sizes do not fit together.</exception>
    public void Validate()
    {
        Network.Backbone.Validate();
        Network.Head.Validate();
        if (Method == TrainingMethod.Dora)
        {
            Tracker.Validate(Network.Backbone.Heads);
        }
    }
}
