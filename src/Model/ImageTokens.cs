namespace DoRA.Model;

/// <summary>What the encoder says of one picture.</summary>
/// <param name="Cls">[d].</param>
/// <param name="Patches">[rows, columns, d], row-major.</param>
/// <param name="Rows">Patch rows.</param>
/// <param name="Columns">Patch columns.</param>
public sealed record ImageTokens(float[] Cls, float[] Patches, int Rows, int Columns);
