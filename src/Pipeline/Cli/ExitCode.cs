namespace DoRA.Pipeline.Cli;

/// <summary>What the program leaves with.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>The work failed: the loss was not finite, the disk was full.</summary>
    public const int Failed = 1;

    /// <summary>Wrong use or bad input.</summary>
    public const int WrongUse = 2;

    /// <summary>Ctrl-C or a request to end; what was done is saved.</summary>
    public const int Interrupted = 130;
}
