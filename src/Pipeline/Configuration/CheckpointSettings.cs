namespace DoRA.Pipeline.Configuration;

/// <summary>When the state is saved.</summary>
public sealed record CheckpointSettings
{
    [Setting("steps between checkpoints; 0 saves at the end and on Ctrl-C only", Minimum = 0, Maximum = 1e9)]
    public int Every { get; init; } = 1000;
}
