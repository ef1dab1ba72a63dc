namespace DoRA.Pipeline.Evaluation.Measures;

/// <summary>What GOT-10k and OTB make of the overlaps and center errors of tracked boxes. Comparisons with a threshold are
/// strict.</summary>
public static class TrackingMeasures
{
    /// <summary>Thresholds of GOT-10k's success curve: 0, 0.01 … 1.</summary>
    public const int SuccessBins = 101;

    /// <summary>AO.</summary>
    public static double AverageOverlap(IReadOnlyCollection<double> overlaps) => overlaps.Sum() / overlaps.Count;

    /// <summary>SR: the share of frames whose overlap is above the threshold.</summary>
    public static double SuccessRate(IReadOnlyCollection<double> overlaps, double threshold) =>
        overlaps.Count(overlap => overlap > threshold) / (double)overlaps.Count;

    /// <summary>The success rate at each of so many thresholds from 0 to 1.</summary>
    public static double[] SuccessCurve(IReadOnlyCollection<double> overlaps, int bins = SuccessBins) =>
        [.. Enumerable.Range(0, bins).Select(bin => SuccessRate(overlaps, bin == bins - 1 ? 1 : bin * (1.0 / (bins - 1))))];

    /// <summary>The share of frames whose center error is at most 0, 1 … bins − 1 pixels.</summary>
    public static double[] PrecisionCurve(IReadOnlyCollection<double> centerErrors, int bins) =>
        [.. Enumerable.Range(0, bins).Select(threshold => centerErrors.Count(error => error <= threshold) / (double)centerErrors.Count)];
}
