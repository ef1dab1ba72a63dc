using System.CommandLine;

namespace DoRA.Pipeline.Cli;

/// <summary><c>dataset walking-tours|statistics</c>: what a training could be made on.</summary>
internal static class DatasetCommand
{
    public static Command Create(Terminal terminal) =>
        new("dataset", "The paper's videos, and the paper's statistics of any videos.")
    {
        DatasetWalkingTours.Create(terminal),
        DatasetStatistics.Create(terminal),
    };
}
