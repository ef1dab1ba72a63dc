namespace DoRA.Pipeline.Tests.Cli;

public class HelpTests
{
    [TestCase("pretrain")]
    [TestCase("import")]
    [TestCase("visualise")]
    public void Help_shows_an_example(string command)
    {
        CommandResult result = CommandResult.Of(command, "--help");

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Does.Contain($"Example: dora {command} "));
        Assert.That(result.Messages, Is.Empty);
    }
}
