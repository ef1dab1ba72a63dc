namespace DoRA.Pipeline.Dataset;

/// <summary>
/// Finds hard cuts as FFmpeg's filter scdet does: a frame's score is min(d, |d − d'|), where d is the mean absolute difference of its luma to the
/// frame before, in per cent of the range of 256, and d' that of the frame before. A score of 10 or more is a cut. Steady motion has d ≈ d',
/// so it scores low; dissolves are not found, a flash that lasts for some frames counts
/// twice, and of the first two frames nothing can be said.
/// </summary>
internal sealed class ShotDetector
{
    private const double Threshold = 10;
    private byte[]? _previous;
    private double? _difference;

    /// <summary>Whether a new shot begins with this frame.</summary>
    /// <param name="luma">Of the next frame; all frames have one size.</param>
    public bool IsCut(ReadOnlySpan<byte> luma)
    {
        if (_previous is null)
        {
            _previous = luma.ToArray();
            return false;
        }

        double difference = 100.0 * AbsoluteDifferences.Sum(luma, _previous) / luma.Length / 256;
        double score = Math.Min(difference, Math.Abs(difference - (_difference ?? difference)));
        _difference = difference;
        luma.CopyTo(_previous);
        return score >= Threshold;
    }
}
