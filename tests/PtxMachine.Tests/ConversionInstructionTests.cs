namespace DoRA.PtxMachine.Tests;

/// <summary>cvt: rounding, saturation, widths.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ConversionInstructionTests
{
    [TestCase("cvt.rzi.s32.f32", -2.7f, -2)]
    [TestCase("cvt.rni.s32.f32", 2.5f, 2)]
    [TestCase("cvt.rmi.s32.f32", -2.1f, -3)]
    [TestCase("cvt.rpi.s32.f32", 2.1f, 3)]
    [TestCase("cvt.rzi.s32.f32", 1e20f, int.MaxValue)]
    [TestCase("cvt.rzi.u32.f32", -5f, 0)]
    [TestCase("cvt.rzi.s32.f32", float.NaN, 0)]
    public void Float_to_integer(string instruction, float a, int expected) =>
        Assert.That(InstructionHarness.Run<int>($"{instruction} %d, %i0;", new[] { a })[0], Is.EqualTo(expected));

    [TestCase("cvt.rn.f32.s32", -1, -1f)]
    [TestCase("cvt.rn.f32.u32", -1, 4294967296f)]
    [TestCase("cvt.rn.f32.s32", 16777217, 16777216f)]
    public void Integer_to_float(string instruction, int a, float expected) =>
        Assert.That(InstructionHarness.Run<float>($"{instruction} %d, %i0;", new[] { a })[0], Is.EqualTo(expected));

    [TestCase("cvt.rni.f32.f32", 2.5f, 2f)]
    [TestCase("cvt.rzi.f32.f32", -2.5f, -2f)]
    [TestCase("cvt.rmi.f32.f32", -2.5f, -3f)]
    [TestCase("cvt.rpi.f32.f32", 2.1f, 3f)]
    [TestCase("cvt.rna.tf32.f32", 1.0004883f, 1.0009766f)]
    [TestCase("cvt.rna.tf32.f32", 1.0004f, 1f)]
    public void Float_to_float(string instruction, float a, float expected) =>
        Assert.That(InstructionHarness.Run<float>($"{instruction} %d, %i0;", new[] { a })[0], Is.EqualTo(expected));

    [Test]
    public void Widths()
    {
        Assert.That(InstructionHarness.Run<long>("cvt.s64.s32 %d, %i0;", new[] { -5 })[0], Is.EqualTo(-5L));
        Assert.That(InstructionHarness.Run<ulong>("cvt.u64.u32 %d, %i0;", new[] { -5 })[0], Is.EqualTo(4294967291ul));
        Assert.That(InstructionHarness.Run<uint>("cvt.u32.u64 %d, %i0;", new[] { 0x1_0000_0007ul })[0], Is.EqualTo(7u));
        Assert.That(InstructionHarness.Run<int>("cvt.s32.s8 %d, %i0;", new[] { 0x1FE })[0], Is.EqualTo(-2));
        Assert.That(InstructionHarness.Run<uint>("cvt.u32.u16 %d, %i0;", new[] { (short)-2 })[0], Is.EqualTo(65534u));
        Assert.That(InstructionHarness.Run<int>("cvt.s32.s16 %d, %i0;", new[] { (short)-2 })[0], Is.EqualTo(-2));
        Assert.That(InstructionHarness.Run<short>("cvt.s8.s32 %d, %i0;", new[] { 0xFF })[0], Is.EqualTo((short)-1));
        Assert.That(InstructionHarness.Run<ushort>("cvt.u8.u32 %d, %i0;", new[] { 0x1FF })[0], Is.EqualTo((ushort)255));
        Assert.That(InstructionHarness.Run<uint>("cvt.sat.u8.s32 %d, %i0;", new[] { 300 })[0], Is.EqualTo(255u));
    }

    [Test]
    public void Doubles()
    {
        Assert.That(InstructionHarness.Run<double>("cvt.f64.f32 %d, %i0;", new[] { 1.5f })[0], Is.EqualTo(1.5));
        Assert.That(InstructionHarness.Run<float>("cvt.rn.f32.f64 %d, %i0;", new[] { 0.1 })[0], Is.EqualTo(0.1f));
        Assert.That(InstructionHarness.Run<double>("cvt.rn.f64.s64 %d, %i0;", new[] { -3L })[0], Is.EqualTo(-3.0));
        Assert.That(InstructionHarness.Run<long>("cvt.rzi.s64.f64 %d, %i0;", new[] { -3.9 })[0], Is.EqualTo(-3L));
        Assert.That(InstructionHarness.Run<ushort>("cvt.rn.f16.f64 %d, %i0;", new[] { 1.5 })[0], Is.EqualTo((ushort)0x3E00));
    }
}
