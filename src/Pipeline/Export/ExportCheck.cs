namespace DoRA.Pipeline.Export;

/// <summary>How far a written model is from the engine: the largest absolute difference of a token's number, and what was allowed.</summary>
public sealed record ExportCheck(double Error, double Tolerance);
