using DoRA.Kernels;

namespace DoRA.Perf.Fusion;

/// <summary>One kernel of the engine, or a few, and the chain that it takes the place of.</summary>
/// <param name="Fused">The engine's way.</param>
/// <param name="Chain">One operation a launch.</param>
/// <param name="Result">What the first leaves.</param>
/// <param name="Chained">What the second leaves, which must be the same but for roundings.</param>
internal sealed record FusionWork(Action Fused, Action Chain, DeviceSpan Result, DeviceSpan Chained);

/// <param name="Name">What is fused.</param>
/// <param name="Shape">At what sizes.</param>
/// <param name="Prepare">Puts inputs into memory.</param>
internal sealed record FusionCase(string Name, string Shape, Func<FusionBench, FusionWork> Prepare)
{
    public static IReadOnlyList<FusionCase> All { get; } = [.. LinearFusions.All, .. TokenFusions.All, .. OtherFusions.All];
}
