namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// What a softmax over z ln 2 needs and its entropy, for all columns or some: the maximum, <c>Sum = Σ 2^(z − max)</c> and
/// <c>Moment = Σ 2^(z − max) (z − max)</c>. Those of two sets of columns add up to that of both.
/// </summary>
internal readonly record struct SoftmaxSums(float Maximum, float Sum, float Moment)
{
    /// <summary>ln 2: what turns an exponent of 2 into one of e.</summary>
    public const double NaturalPerBit = 0.69314718055994531;

    /// <summary>Of no column.</summary>
    public static SoftmaxSums Empty => new(float.NegativeInfinity, 0, 0);

    /// <summary><c>−Σ p log p</c> in nats.</summary>
    public float Entropy => (float)(Math.Log(Sum) - (NaturalPerBit * Moment / Sum));

    public static SoftmaxSums operator +(SoftmaxSums a, SoftmaxSums b)
    {
        float maximum = MathF.Max(a.Maximum, b.Maximum);
        (float sumA, float momentA) = About(maximum, a);
        (float sumB, float momentB) = About(maximum, b);
        return new(maximum, sumA + sumB, momentA + momentB);
    }

    /// <summary>Sum and moment about a larger maximum; columns too far below it leave nothing.</summary>
    private static (float Sum, float Moment) About(float maximum, SoftmaxSums sums)
    {
        float shift = sums.Maximum - maximum, scale = float.Exp2(shift);
        return scale == 0 ? (0, 0) : (scale * sums.Sum, scale * (sums.Moment + (shift * sums.Sum)));
    }
}
