using DoRA.Autograd;

namespace DoRA.Model;

/// <summary>How the weights of linear layers start. Biases start at zero.</summary>
public enum LinearInitialisation
{
    /// <summary>Truncated normal of deviation 0.02, as released.</summary>
    TruncatedNormal,

    /// <summary>Uniform within ±1/√fanIn: narrow networks learn faster from it.</summary>
    UniformFanIn,
}

internal static class LinearInitialisations
{
    public const float Deviation = 0.02f;

    public static Initialisation For(this LinearInitialisation initialisation, int fanIn) =>
        initialisation == LinearInitialisation.TruncatedNormal ? Initialisation.Normal(Deviation) : Initialisation.UniformFanIn(fanIn);
}
