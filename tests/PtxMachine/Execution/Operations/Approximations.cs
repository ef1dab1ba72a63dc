namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>
/// A function that cards approximate: its exact value, and how far a card may be off. The bounds are those of the PTX manual's
/// chapters on the instructions, rounded up.
/// </summary>
internal interface IApproximation
{
    static abstract double Evaluate(double x);

    /// <summary>Largest error of the single-precision instruction at x, whose exact value is <paramref name="y"/>.</summary>
    static abstract double Bound(double x, double y);
}

/// <summary>ex2.approx: 2^x, relative error 2^-22.</summary>
internal readonly struct PowerOfTwo : IApproximation
{
    public static double Evaluate(double x) => double.Exp2(x);

    public static double Bound(double x, double y) => Math.ScaleB(y, -22);
}

/// <summary>lg2.approx: absolute error 2^-22 between 1/2 and 2, elsewhere relative.</summary>
internal readonly struct LogarithmOfTwo : IApproximation
{
    public static double Evaluate(double x) => Math.Log2(x);

    public static double Bound(double x, double y) => Math.ScaleB(x is > 0.5 and < 2 ? 1 : Math.Abs(y), -22);
}

/// <summary>rcp.approx: relative error 2^-23.</summary>
internal readonly struct ApproximateReciprocal : IApproximation
{
    public static double Evaluate(double x) => 1 / x;

    public static double Bound(double x, double y) => Math.ScaleB(Math.Abs(y), -23);
}

/// <summary>rsqrt.approx: relative error 2^-22.</summary>
internal readonly struct ReciprocalSquareRoot : IApproximation
{
    public static double Evaluate(double x) => 1 / Math.Sqrt(x);

    public static double Bound(double x, double y) => Math.ScaleB(Math.Abs(y), -22);
}

/// <summary>sqrt.approx: relative error 2^-23.</summary>
internal readonly struct ApproximateSquareRoot : IApproximation
{
    public static double Evaluate(double x) => Math.Sqrt(x);

    public static double Bound(double x, double y) => Math.ScaleB(y, -23);
}

/// <summary>sin.approx: absolute error 2^-20 within two turns, growing with the argument beyond.</summary>
internal readonly struct Sine : IApproximation
{
    public static double Evaluate(double x) => Math.Sin(x);

    public static double Bound(double x, double y) => Math.ScaleB(Math.Max(1, Math.Abs(x) / Math.Tau), -20);
}

/// <summary>cos.approx: like sin.approx.</summary>
internal readonly struct Cosine : IApproximation
{
    public static double Evaluate(double x) => Math.Cos(x);

    public static double Bound(double x, double y) => Sine.Bound(x, y);
}

/// <summary>tanh.approx: relative error 2^-11.</summary>
internal readonly struct HyperbolicTangent : IApproximation
{
    public static double Evaluate(double x) => Math.Tanh(x);

    public static double Bound(double x, double y) => Math.ScaleB(Math.Abs(y), -11);
}
