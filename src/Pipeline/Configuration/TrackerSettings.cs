namespace DoRA.Pipeline.Configuration;

/// <summary>Discovering and tracking objects, and the masks made of them.</summary>
public sealed record TrackerSettings
{
    [Setting("objects a clip (k), one attention head each", Minimum = 1, Maximum = 256)]
    public int Objects { get; init; } = 3;

    [Setting("share out the patches among the objects by Sinkhorn-Knopp; false tracks with the prototypes as they are")]
    public bool Sinkhorn { get; init; } = true;

    [Setting("temperature of Sinkhorn-Knopp", Minimum = 0.0001, Maximum = 1000)]
    public double Epsilon { get; init; } = 0.05;

    [Setting("iterations of Sinkhorn-Knopp", Minimum = 0, Maximum = 10000)]
    public int Iterations { get; init; } = 30;

    [Setting("where the student's masks come from")]
    public MaskSource Masks { get; init; } = MaskSource.Tracked;

    [Setting("what a mask does to a patch")]
    public MaskKind MaskKind { get; init; } = MaskKind.Hard;
}
