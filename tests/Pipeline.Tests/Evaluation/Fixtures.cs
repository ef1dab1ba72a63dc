using DoRA.Pipeline.Tests.Cli;

namespace DoRA.Pipeline.Tests.Evaluation;

/// <summary>Files of <c>tests/fixtures/evaluation</c>.</summary>
internal static class Fixtures
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "fixtures", "evaluation");

    public static string PathOf(string name) => Path.Combine(Folder, name);
}
