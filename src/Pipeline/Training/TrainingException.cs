namespace DoRA.Pipeline.Training;

/// <summary>Training cannot go on; one sentence says why and what was kept. The program leaves with exit code 1.</summary>
public sealed class TrainingException(string message, Exception? innerException = null) : Exception(message, innerException);
