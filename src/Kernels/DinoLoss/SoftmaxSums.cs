
namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// What a softmax over z needs and its entropy, for all columns or some: the maximum, <c>Sum = Σ e^(z − max)</c> and
/// <c>Moment = Σ e^(z − max) (z − max)</c>. Two of them add up to that of both their columns.
/// </summary>
internal struct SoftmaxSums
{
    public float Maximum;
    public float Sum;
    public float Moment;

    /// <summary>Of no column.</summary>
    public static SoftmaxSums Empty => new() { Maximum = float.NegativeInfinity };

    /// <summary><c>−Σ p log p</c> in nats.</summary>
    public readonly float Entropy => MathF.Log(Sum) - (Moment / Sum);

    public void Add(SoftmaxSums other)
    {
        float maximum = MathF.Max(Maximum, other.Maximum);
        float scale = Sum == 0 ? 0 : MathF.Exp(Maximum - maximum), otherScale = MathF.Exp(other.Maximum - maximum);
        Moment = Shifted(scale, Moment, Sum, Maximum - maximum) + Shifted(otherScale, other.Moment, other.Sum, other.Maximum - maximum);
        Sum = (scale * Sum) + (otherScale * other.Sum);
        Maximum = maximum;

        // The moment about a new maximum; columns whose weight vanishes leave nothing, whatever their distance.
        static float Shifted(float scale, float moment, float sum, float shift) => scale == 0 ? 0 : scale * (moment + (shift * sum));
    }
}
