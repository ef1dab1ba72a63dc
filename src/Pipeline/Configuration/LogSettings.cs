namespace DoRA.Pipeline.Configuration;

/// <summary>When a line is logged.</summary>
public sealed record LogSettings
{
    [Setting("steps between lines of log.jsonl", Minimum = 1, Maximum = 1e9)]
    public int Every { get; init; } = 1;
}
