namespace DoRA.PtxMachine.Tests;

/// <summary>Float instructions: rounding, special values, modifiers.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FloatInstructionTests
{
    private const float Tiny = float.Epsilon * 1000, Nan = float.NaN, Inf = float.PositiveInfinity;

    [TestCase("add.f32", 1f, 2f, 3f)]
    [TestCase("add.rn.f32", 16777216f, 1f, 16777216f)]
    [TestCase("add.ftz.f32", Tiny, 0f, 0f)]
    [TestCase("add.f32", Tiny, 0f, Tiny)]
    [TestCase("sub.f32", 1f, 3f, -2f)]
    [TestCase("mul.f32", 1e-20f, 1e-20f, 1e-40f)]
    [TestCase("mul.ftz.f32", 1e-20f, -1e-20f, -0f)]
    [TestCase("add.sat.f32", 0.75f, 0.75f, 1f)]
    [TestCase("sub.sat.f32", 0.25f, 0.75f, 0f)]
    [TestCase("add.sat.f32", Nan, 1f, 0f)]
    [TestCase("div.rn.f32", 1f, 3f, 1f / 3f)]
    [TestCase("div.full.f32", 1f, 4f, 0.25f)]
    [TestCase("min.f32", Nan, 2f, 2f)]
    [TestCase("max.f32", 2f, Nan, 2f)]
    [TestCase("max.NaN.f32", 2f, Nan, Nan)]
    [TestCase("min.f32", 0f, -0f, -0f)]
    [TestCase("max.f32", -0f, 0f, 0f)]
    [TestCase("copysign.f32", -1f, 5f, -5f)]
    public void Two_operands(string instruction, float a, float b, float expected) =>
        Assert.That(Bits(InstructionHarness.Run<float>($"{instruction} %d, %i0, %i1;", new[] { a }, new[] { b })[0]),
            Is.EqualTo(Bits(expected)));

    [Test]
    public void Fused_product_sum_rounds_once()
    {
        // (1 + 2^-12)^2 - 1 = 2^-11 + 2^-24: the last term survives only without a rounding in between.
        float a = 1 + MathF.ScaleB(1, -12);
        Assert.That(InstructionHarness.Run<float>("fma.rn.f32 %d, %i0, %i0, -1.0;", new[] { a })[0],
            Is.EqualTo(MathF.ScaleB(1, -11) + MathF.ScaleB(1, -24)));
        Assert.That(InstructionHarness.Run<double>("fma.rn.f64 %d, %i0, %i0, 0dBFF0000000000000;", new[] { 1.5 })[0], Is.EqualTo(1.25));
    }

    [TestCase("sqrt.rn.f32", 2f, 1.41421354f)]
    [TestCase("rcp.rn.f32", 3f, 1f / 3f)]
    [TestCase("neg.f32", 3f, -3f)]
    [TestCase("abs.f32", -3f, 3f)]
    [TestCase("neg.ftz.f32", Tiny, -0f)]
    [TestCase("ex2.approx.f32", 3f, 8f)]
    [TestCase("ex2.approx.ftz.f32", -140f, 0f)]
    [TestCase("lg2.approx.f32", 8f, 3f)]
    [TestCase("rcp.approx.f32", 4f, 0.25f)]
    [TestCase("rcp.approx.f32", 0f, Inf)]
    [TestCase("rsqrt.approx.f32", 16f, 0.25f)]
    [TestCase("sqrt.approx.f32", 9f, 3f)]
    [TestCase("sin.approx.f32", 0f, 0f)]
    [TestCase("cos.approx.f32", 0f, 1f)]
    [TestCase("tanh.approx.f32", 100f, 1f)]
    public void One_operand(string instruction, float a, float expected) =>
        Assert.That(Bits(InstructionHarness.Run<float>($"{instruction} %d, %i0;", new[] { a })[0]), Is.EqualTo(Bits(expected)));

    [TestCase("add.f64", 1.0, 1e-16, 1.0)]
    [TestCase("mul.f64", 3.0, 0.5, 1.5)]
    [TestCase("div.rn.f64", 1.0, 3.0, 1.0 / 3.0)]
    [TestCase("min.f64", double.NaN, 2.0, 2.0)]
    public void Two_doubles(string instruction, double a, double b, double expected) =>
        Assert.That(InstructionHarness.Run<double>($"{instruction} %d, %i0, %i1;", new[] { a }, new[] { b })[0], Is.EqualTo(expected));

    [TestCase("lt.f32", 1f, Nan, false)]
    [TestCase("ltu.f32", 1f, Nan, true)]
    [TestCase("ne.f32", 1f, Nan, false)]
    [TestCase("neu.f32", 1f, Nan, true)]
    [TestCase("equ.f32", 1f, Nan, true)]
    [TestCase("equ.f32", 1f, 2f, false)]
    [TestCase("eq.f32", 0f, -0f, true)]
    [TestCase("geu.f32", 1f, 2f, false)]
    [TestCase("num.f32", 1f, 2f, true)]
    [TestCase("nan.f32", 1f, Nan, true)]
    [TestCase("eq.ftz.f32", Tiny, 0f, true)]
    [TestCase("eq.f32", Tiny, 0f, false)]
    public void Comparisons(string comparison, float a, float b, bool expected) => Assert.That(
        InstructionHarness.Run<int>($"setp.{comparison} %p0, %i0, %i1; selp.b32 %d, 1, 2, %p0;", new[] { a }, new[] { b })[0],
            Is.EqualTo(expected ? 1 : 2));

    [TestCase("finite", 1f, true)]
    [TestCase("finite", Inf, false)]
    [TestCase("infinite", -Inf, true)]
    [TestCase("infinite", Nan, false)]
    [TestCase("notanumber", Nan, true)]
    public void Tests_of_kind(string test, float a, bool expected) =>
        Assert.That(InstructionHarness.Run<int>($"testp.{test}.f32 %p0, %i0; selp.b32 %d, 1, 2, %p0;", new[] { a })[0],
            Is.EqualTo(expected ? 1 : 2));

    // Function, argument's scale, and the largest relative and absolute errors of the PTX ISA manual 9.1 (chapters 9.7.3 and 9.7.4).
    [TestCase("ex2.approx.f32", 4, -22, null)]
    [TestCase("lg2.approx.f32", 0.2, null, -22)]
    [TestCase("lg2.approx.f32", 8, -22, -22)]
    [TestCase("rcp.approx.f32", 8, -23, null)]
    [TestCase("rsqrt.approx.f32", 8, -22.9, null)]
    [TestCase("sqrt.approx.f32", 8, -23, null)]
    [TestCase("sin.approx.f32", 3, null, -20.5)]
    [TestCase("cos.approx.f32", 150, null, -14.7)]
    [TestCase("tanh.approx.f32", 2, -11, null)]
    public void Perturbed_functions_stay_within_their_bounds_and_repeat(string function, double scale, double? relative, double? absolute)
    {
        string name = function[..function.IndexOf('.', StringComparison.Ordinal)];
        float[] x = [.. Enumerable.Range(0, 32).Select(i => (float)((scale * (i + 1) / 16) + (name is "lg2" && scale < 1 ? 0.55 : 0)))];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, PerturbationSeed = 5 });
        float[] first = InstructionHarness.Launch<float>(machine, $"{function} %d, %i0;", guarded: false, x).Result;
        float[] second = InstructionHarness.Launch<float>(machine, $"{function} %d, %i0;", guarded: false, x).Result;
        Assert.That(second, Is.EqualTo(first));
        int changed = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double exact = Exact(name, x[i]);
            // The instruction's error and half a unit in the last place of the rounding behind it.
            double bound = (relative is { } r ? Math.Abs(exact) * Math.Pow(2, r) : 0) + (absolute is { } a ? Math.Pow(2, a) : 0);
            Assert.That(Math.Abs(first[i] - exact) <= bound + Math.ScaleB(Math.Abs(exact), -24), $"{first[i]} for {exact}");
            if (first[i] != (float)exact) changed++;
        }

        Assert.That(changed, Is.GreaterThan(8));
    }

    private static double Exact(string function, double x) => function switch
    {
        "ex2" => Math.Pow(2, x),
        "lg2" => Math.Log2(x),
        "rcp" => 1 / x,
        "rsqrt" => 1 / Math.Sqrt(x),
        "sqrt" => Math.Sqrt(x),
        "sin" => Math.Sin(x),
        "cos" => Math.Cos(x),
        _ => Math.Tanh(x),
    };

    private static uint Bits(float value) => float.IsNaN(value) ? 0x7FC00000u : BitConverter.SingleToUInt32Bits(value);
}
