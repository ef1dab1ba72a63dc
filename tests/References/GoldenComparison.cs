namespace DoRA.References;

/// <summary>How far a tensor lies from a golden one. Assert <c>Passes</c>, with this as the message.</summary>
/// <param name="File">The golden file, without extension.</param>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Error">Largest difference, as a share of the golden tensor's largest magnitude; NaN when either side has a lone NaN.</param>
/// <param name="Tolerance">The largest error allowed, as the same share.</param>
public readonly record struct GoldenComparison(string File, string Tensor, double Error, double Tolerance)
{
    /// <summary>True when the error is a number within the tolerance.</summary>
    public bool Passes => Error <= Tolerance;

    public override string ToString() => $"{File}: {Tensor}: error {Error:g3} of the largest magnitude, tolerance {Tolerance:g3}";
}
