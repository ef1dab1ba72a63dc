namespace DoRA.Pipeline.Export;

/// <summary>What was to be written does not compute what the engine computes. The message is the sentence a user reads; the program leaves
/// with exit code 1.</summary>
public sealed class ExportException(string message) : IOException(message);
