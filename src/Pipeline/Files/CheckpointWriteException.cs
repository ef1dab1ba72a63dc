namespace DoRA.Pipeline.Files;

/// <summary>A checkpoint could not be written. The message is the sentence a user reads; the program leaves with exit code 1.</summary>
public sealed class CheckpointWriteException(string message, Exception innerException) : IOException(message, innerException);
