namespace DoRA.PtxMachine.Tests;

/// <summary>16-bit floats: every value there and back, arithmetic against exact sums, packed forms.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HalfInstructionTests
{
    [Test]
    public void Every_half_expands_exactly()
    {
        for (int start = 0; start < 65536; start += 32 * 61)
        {
            ushort[] bits = [.. Enumerable.Range(start, 32).Select(i => (ushort)i)];
            float[] values = InstructionHarness.RunWarp<float>("cvt.f32.f16 %d, %i0;", bits);
            for (int i = 0; i < 32; i++)
            {
                float expected = (float)BitConverter.UInt16BitsToHalf(bits[i]);
                Assert.That(float.IsNaN(expected) ? float.IsNaN(values[i]) : values[i] == expected, $"{bits[i]:x4}: {values[i]}");
            }
        }
    }

    [Test]
    public void Rounding_to_half_is_to_nearest_even()
    {
        float[] values =
        [
            1f, 1 + MathF.ScaleB(1, -11), 1 + MathF.ScaleB(3, -11), 65504, 65519.99f, 65520, 1e9f, -1e9f, MathF.ScaleB(1, -24),
            MathF.ScaleB(1, -25),
            MathF.ScaleB(1.001f, -25), MathF.ScaleB(3, -25), 6.1e-5f, 6.09e-5f, -0f, float.PositiveInfinity, 1e-30f, 3.14159f,
        ];
        ushort[] bits = InstructionHarness.Run<ushort>("cvt.rn.f16.f32 %d, %i0;", values);
        Assert.That(bits, Is.EqualTo(values.Select(value => BitConverter.HalfToUInt16Bits((Half)value)).ToArray()));
    }

    [Test]
    public void Rounding_to_bfloat16_is_to_nearest_even()
    {
        uint[] bits = [0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0x7F7FFFFF, 0x80000001, 0x00008000];
        float[] values = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        Assert.That(InstructionHarness.Run<ushort>("cvt.rn.bf16.f32 %d, %i0;", values),
            Is.EqualTo(new ushort[] { 0x3F80, 0x3F82, 0x3F80, 0x3F81, 0x7F80, 0x8000, 0x0000 }));
        Assert.That(InstructionHarness.Run<ushort>("cvt.rn.bf16.f32 %d, %i0;", new[] { float.NaN })[0], Is.EqualTo(0x7FFF));
        Assert.That(InstructionHarness.Run<uint>("cvt.rn.bf16x2.f32 %d, %i0, %i1;", new[] { 2f }, new[] { 1f })[0],
            Is.EqualTo(0x40003F80u));
        Assert.That(InstructionHarness.Run<uint>("cvt.rn.relu.bf16x2.f32 %d, %i0, %i1;", new[] { -2f }, new[] { 1f })[0],
            Is.EqualTo(0x00003F80u));
        Assert.That(InstructionHarness.Run<uint>("cvt.rn.f16x2.f32 %d, %i0, %i1;", new[] { 2f }, new[] { 1f })[0], Is.EqualTo(0x40003C00u));
    }

    [Test]
    public void Half_arithmetic_rounds_once()
    {
        Random random = new(1);
        ushort[] a = Random16(random), b = Random16(random), c = Random16(random);
        ushort[] sum = InstructionHarness.Run<ushort>("add.f16 %d, %i0, %i1;", a, b);
        ushort[] product = InstructionHarness.Run<ushort>("mul.f16 %d, %i0, %i1;", a, b);
        ushort[] fused = InstructionHarness.Run<ushort>("fma.rn.f16 %d, %i0, %i1, %i2;", a, b, c);
        for (int i = 0; i < 32; i++)
        {
            (double x, double y, double z) = (Value(a[i]), Value(b[i]), Value(c[i]));
            // All three are exact in double: 11-bit factors, exponents within 2^±6 here.
            Assert.That(sum[i], Is.EqualTo(BitConverter.HalfToUInt16Bits((Half)(x + y))));
            Assert.That(product[i], Is.EqualTo(BitConverter.HalfToUInt16Bits((Half)(x * y))));
            Assert.That(fused[i], Is.EqualTo(BitConverter.HalfToUInt16Bits((Half)(x * y + z))));
        }
    }

    // Products halfway between two bfloat16 (multiples of 2 there): 9 · 29 = 261 and 7 · 37 = 259. Alone they go to the even one, 260; 2^-20
    // more or less, too little for single precision to hold, decides.
    [TestCase(0x4110, 0x41E8, 0x0000, 0x4382)]
    [TestCase(0x4110, 0x41E8, 0x3580, 0x4383)]
    [TestCase(0x4110, 0x41E8, 0xB580, 0x4382)]
    [TestCase(0x40E0, 0x4214, 0x0000, 0x4382)]
    [TestCase(0x40E0, 0x4214, 0xB580, 0x4381)]
    public void Fused_bfloat16_sums_do_not_round_twice(int a, int b, int c, int expected)
    {
        uint[] x = [(uint)a << 16 | (uint)a], y = [(uint)b << 16 | (uint)b], z = [(uint)c << 16];
        Assert.That(InstructionHarness.Run<uint>("fma.rn.bf16x2 %d, %i0, %i1, %i2;", x, y, z)[0], Is.EqualTo((uint)expected << 16 | 0x4382));
    }

    [Test]
    public void Packed_halves_are_independent()
    {
        Assert.That(InstructionHarness.Run<uint>("add.f16x2 %d, %i0, %i1;", new[] { 0x3C004000u }, new[] { 0x40003C00u })[0],
            Is.EqualTo(0x42004200u));
        Assert.That(InstructionHarness.Run<uint>("mul.bf16x2 %d, %i0, %i1;", new[] { 0x40003F80u }, new[] { 0x40004040u })[0],
            Is.EqualTo(0x40804040u));
        Assert.That(InstructionHarness.Run<uint>("neg.bf16x2 %d, %i0;", new[] { 0x40003F80u })[0], Is.EqualTo(0xC000BF80u));
        Assert.That(InstructionHarness.Run<uint>("max.bf16x2 %d, %i0, %i1;", new[] { 0x4000BF80u }, new[] { 0u })[0],
            Is.EqualTo(0x40000000u));
        Assert.That(InstructionHarness.Run<uint>("ex2.approx.f16x2 %d, %i0;", new[] { 0x3C004000u })[0], Is.EqualTo(0x40004400u));
    }

    // Bounds of the PTX ISA manual 9.1, chapter 9.7.4, and half a unit of the rounding behind them.
    [TestCase("ex2.approx.f16x2", -9.9, -11)]
    [TestCase("tanh.approx.f16x2", -10.987, -11)]
    public void Perturbed_functions_stay_within_their_bounds(string function, double bound, double rounding)
    {
        uint[] x = [.. Enumerable.Range(0, 32).Select(i => (uint)BitConverter.HalfToUInt16Bits((Half)((i - 16) / 8.0)) * 0x10001)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, PerturbationSeed = 5 });
        uint[] result = InstructionHarness.Launch<uint>(machine, $"{function} %d, %i0;", guarded: false, x).Result;
        int changed = 0;
        for (int i = 0; i < 32; i++)
        {
            double exact = function[0] == 'e' ? Math.Pow(2, Value((ushort)x[i])) : Math.Tanh(Value((ushort)x[i]));
            double scale = function[0] == 'e' ? exact : 1;
            Assert.That(Math.Abs(Value((ushort)result[i]) - exact) <= scale * (Math.Pow(2, bound) + Math.Pow(2, rounding)), $"for {exact}");
            if (Value((ushort)result[i]) != (double)(Half)exact) changed++;
        }

        Assert.That(changed, Is.GreaterThan(4));
    }

    [TestCase("lt.f16", 0x3C00, 0x4000, true)]
    [TestCase("eq.f16", 0x8000, 0x0000, true)]
    [TestCase("gtu.f16", 0x7E00, 0x0000, true)]
    public void Comparisons(string comparison, int a, int b, bool expected) => Assert.That(
        InstructionHarness.Run<int>($"setp.{comparison} %p0, %i0, %i1; selp.b32 %d, 1, 2, %p0;", new[] { (ushort)a },
            new[] { (ushort)b })[0],
        Is.EqualTo(expected ? 1 : 2));

    private static ushort[] Random16(Random random) =>
        [.. Enumerable.Range(0, 32).Select(_ => BitConverter.HalfToUInt16Bits((Half)((random.NextDouble() - 0.5) * 16)))];

    private static double Value(ushort bits) => (double)BitConverter.UInt16BitsToHalf(bits);
}
