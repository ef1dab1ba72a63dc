namespace DoRA.Pipeline.Cli;

/// <summary>Where a command's words go: results to one writer, progress and messages to another.</summary>
/// <param name="isInteractive">True when a person watches the messages on a terminal.</param>
/// <param name="isVerbose">True to say details too.</param>
public sealed class Terminal(TextWriter output, TextWriter messages, bool isInteractive, bool isVerbose)
{
    public TextWriter Messages { get; } = messages;

    public bool IsInteractive { get; } = isInteractive;

    public bool IsVerbose { get; } = isVerbose;

    public void Result(string text) => output.WriteLine(text);

    public void Say(string sentence) => Messages.WriteLine(sentence);

    /// <summary>What only a user who asks for more wants to read.</summary>
    public void Detail(string sentence)
    {
        if (IsVerbose)
        {
            Say(sentence);
        }
    }
}
