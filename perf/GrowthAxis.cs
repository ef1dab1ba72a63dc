namespace DoRA.Perf;

/// <summary>One quantity of a step, all others being kept.</summary>
/// <param name="Name">As in tables: <c>frames</c>.</param>
/// <param name="Values">From small to large.</param>
/// <param name="Shape">The step at one of them.</param>
internal sealed record GrowthAxis(string Name, int[] Values, Func<int, StepShape> Shape)
{
    /// <summary>Everything that the time of a step is measured against.</summary>
    public static IReadOnlyList<GrowthAxis> All { get; } =
    [
        new("batch", [1, 2, 4, 8], value => new() { Batch = value }),
        new("frames", [2, 4, 8, 16], value => new() { Frames = value }),
        new("tokens", [37, 65, 145, 257], value => new() { ImageSize = 16 * (int)Math.Round(Math.Sqrt(value - 1)) }),
        new("outputs", [4096, 16384, 65536], value => new() { Outputs = value }),
        new("threads", [1, 2], value => new() { Threads = value }),
    ];
}
