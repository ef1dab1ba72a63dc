namespace DoRA.Pipeline.Doctor;

/// <summary>What a check came to.</summary>
/// <param name="Error">Length of the difference over the length of what was expected; null where nothing was there to compare with.</param>
/// <param name="Against">What it was compared with.</param>
/// <param name="Tolerance">The largest error that is right.</param>
/// <param name="Seconds">The fastest run.</param>
/// <param name="FlopsPerSecond">Of the operations that the mathematics needs; null where bytes are the measure.</param>
/// <param name="BytesPerSecond">Of the bytes that must be moved.</param>
internal sealed record CheckResult(
    string Operation, string Shape, double? Error, string Against, double Tolerance, double Seconds, double? FlopsPerSecond, double BytesPerSecond)
{
    public bool IsRight => Error is null || Error <= Tolerance;
}
