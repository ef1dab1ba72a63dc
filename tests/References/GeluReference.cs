namespace DoRA.References;

/// <summary>The error function and GELU in double.</summary>
public static class GeluReference
{
    /// <summary>erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! (NIST DLMF 7.6.2): all terms have one sign, so nothing cancels.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        double term = x, sum = 0;
        for (int n = 0; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            sum += term;
            term *= 2 * x * x / ((2 * n) + 3);
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    public static double Value(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    public static double Derivative(double x) => (0.5 * (1 + Erf(x / Math.Sqrt(2)))) + (x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));
}
