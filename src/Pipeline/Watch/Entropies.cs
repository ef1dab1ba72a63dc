namespace DoRA.Pipeline.Watch;

internal static class Entropies
{
    /// <summary><c>−Σ p log p</c> in nats.</summary>
    public static double Of(double[] probabilities)
    {
        double sum = 0;
        foreach (double p in probabilities)
        {
            sum -= p > 0 ? p * Math.Log(p) : 0;
        }

        return sum;
    }
}
