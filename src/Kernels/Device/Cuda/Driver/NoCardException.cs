namespace DoRA.Kernels;

/// <summary>There is no card to compute on: its driver, or itself, is absent or too old.</summary>
/// <param name="reason">Why, the beginning of a sentence.</param>
/// <param name="advice">What to do about it.</param>
public sealed class NoCardException(string reason, string advice) : UserException($"{reason}; {advice}, or take --device cpu.")
{
    /// <summary>Why, without what to do about it.</summary>
    public string Reason { get; } = reason;
}
