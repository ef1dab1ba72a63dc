namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>
/// A function that cards approximate: its exact value, and how far a card may be off. The bounds are those of "Floating Point
/// Instructions" in NVIDIA's PTX ISA manual, release 9.1, chapter 9.7.3 (for 16 bits "Half Precision Floating Point Instructions", 9.7.4); a
/// bound in units of the last place is taken at a power of two, where it is widest.
/// </summary>
internal interface IApproximation
{
    static abstract double Evaluate(double x);

    /// <summary>Largest error of the single-precision instruction at x, whose exact value is <paramref name="y"/>.</summary>
    static abstract double Bound(double x, double y);
}

/// <summary>One that has 16-bit instructions too, with their own largest errors where the exact value is y.</summary>
internal interface IPackedApproximation : IApproximation
{
    static abstract double HalfBound(double y);

    static abstract double BFloat16Bound(double y);
}

/// <summary>ex2.approx: 2^x, within two units of the last place (9.7.3.21); relative error 2^-9.9 in half, 2^-7 in bfloat16.</summary>
internal readonly struct PowerOfTwo : IPackedApproximation
{
    private static readonly double HalfError = Math.Pow(2, -9.9);

    public static double Evaluate(double x) => double.Exp2(x);

    public static double Bound(double x, double y) => Math.ScaleB(y, -22);

    public static double HalfBound(double y) => y * HalfError;

    public static double BFloat16Bound(double y) => Math.ScaleB(y, -7);
}

/// <summary>lg2.approx: absolute error 2^-22 between 1/2 and 2, elsewhere relative (9.7.3.20).</summary>
internal readonly struct LogarithmOfTwo : IApproximation
{
    public static double Evaluate(double x) => Math.Log2(x);

    public static double Bound(double x, double y) => Math.ScaleB(x is > 0.5 and < 2 ? 1 : Math.Abs(y), -22);
}

/// <summary>rcp.approx: within one unit of the last place (9.7.3.13).</summary>
internal readonly struct ApproximateReciprocal : IApproximation
{
    public static double Evaluate(double x) => 1 / x;

    public static double Bound(double x, double y) => Math.ScaleB(Math.Abs(y), -23);
}

/// <summary>rsqrt.approx: relative error 2^-22.9 (9.7.3.16).</summary>
internal readonly struct ReciprocalSquareRoot : IApproximation
{
    private static readonly double RelativeError = Math.Pow(2, -22.9);

    public static double Evaluate(double x) => 1 / Math.Sqrt(x);

    public static double Bound(double x, double y) => Math.Abs(y) * RelativeError;
}

/// <summary>sqrt.approx: relative error 2^-23 (9.7.3.15).</summary>
internal readonly struct ApproximateSquareRoot : IApproximation
{
    public static double Evaluate(double x) => Math.Sqrt(x);

    public static double Bound(double x, double y) => Math.ScaleB(y, -23);
}

/// <summary>
/// sin.approx: absolute error 2^-20.5 for angles up to one turn, 2^-14.7 up to 50 turns (9.7.3.18). Beyond, nothing is promised: any value of a
/// sine may come.
/// </summary>
internal readonly struct Sine : IApproximation
{
    private static readonly double OneTurn = Math.Pow(2, -20.5), FiftyTurns = Math.Pow(2, -14.7);

    public static double Evaluate(double x) => Math.Sin(x);

    public static double Bound(double x, double y) => Math.Abs(x) switch
    {
        <= Math.Tau => OneTurn,
        <= 50 * Math.Tau => FiftyTurns,
        _ => 1 - Math.Abs(y),
    };
}

/// <summary>cos.approx: like sin.approx (9.7.3.19).</summary>
internal readonly struct Cosine : IApproximation
{
    public static double Evaluate(double x) => Math.Cos(x);

    public static double Bound(double x, double y) => Sine.Bound(x, y);
}

/// <summary>tanh.approx: relative error 2^-11 (9.7.3.22); absolute error 2^-10.987 in half, 2^-8 in bfloat16.</summary>
internal readonly struct HyperbolicTangent : IPackedApproximation
{
    private static readonly double HalfError = Math.Pow(2, -10.987), BFloat16Error = Math.Pow(2, -8);

    public static double Evaluate(double x) => Math.Tanh(x);

    public static double Bound(double x, double y) => Math.ScaleB(Math.Abs(y), -11);

    public static double HalfBound(double y) => HalfError;

    public static double BFloat16Bound(double y) => BFloat16Error;
}
