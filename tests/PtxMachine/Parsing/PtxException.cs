namespace DoRA.PtxMachine.Parsing;

/// <summary>PTX text that the machine cannot take: the message quotes the line.</summary>
public sealed class PtxException : Exception
{
    public PtxException()
    {
    }

    public PtxException(string message)
        : base(message)
    {
    }

    public PtxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An error at a line of the text.</summary>
    public PtxException(int line, string text, string what)
        : base($"PTX line {line}, `{text}`: {what}")
    {
    }
}
