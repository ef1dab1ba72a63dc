namespace DoRA.PtxMachine.Tests;

/// <summary>Integer and bit instructions against values worked out by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class IntegerInstructionTests
{
    [TestCase("add.s32", 7, -9, -2)]
    [TestCase("add.s32", int.MaxValue, 1, int.MinValue)]
    [TestCase("sub.s32", 3, 10, -7)]
    [TestCase("mul.lo.s32", 65536, 65537, 65536)]
    [TestCase("mul.hi.s32", 65536, -65537, -2)]
    [TestCase("mul.hi.u32", -1, -1, -2)]
    [TestCase("min.s32", -1, 1, -1)]
    [TestCase("min.u32", -1, 1, 1)]
    [TestCase("max.s32", -1, 1, 1)]
    [TestCase("max.u32", -1, 1, -1)]
    [TestCase("div.s32", -7, 2, -3)]
    [TestCase("div.u32", -1, 16, 0x0FFFFFFF)]
    [TestCase("rem.s32", -7, 2, -1)]
    [TestCase("rem.u32", 17, 5, 2)]
    [TestCase("and.b32", 0b1100, 0b1010, 0b1000)]
    [TestCase("or.b32", 0b1100, 0b1010, 0b1110)]
    [TestCase("xor.b32", 0b1100, 0b1010, 0b0110)]
    [TestCase("shl.b32", 3, 30, unchecked((int)0xC0000000))]
    [TestCase("shl.b32", 3, 32, 0)]
    [TestCase("shr.u32", -1, 28, 15)]
    [TestCase("shr.u32", -1, 40, 0)]
    [TestCase("shr.s32", -64, 4, -4)]
    [TestCase("shr.s32", -64, 99, -1)]
    public void Two_operands(string instruction, int a, int b, int expected) =>
        Assert.That(InstructionHarness.Run<int>($"{instruction} %d, %i0, %i1;", new[] { a }, new[] { b })[0], Is.EqualTo(expected));

    [TestCase("add.s64", 1L << 40, -1L, (1L << 40) - 1)]
    [TestCase("mul.lo.s64", 1L << 33, 3L, 3L << 33)]
    [TestCase("mul.hi.u64", -1L, -1L, -2L)]
    [TestCase("mul.hi.s64", -1L, 5L, -1L)]
    [TestCase("min.u64", -1L, 2L, 2L)]
    [TestCase("max.s64", -1L, 2L, 2L)]
    [TestCase("div.s64", -9L, 4L, -2L)]
    [TestCase("rem.u64", 1000000000007L, 10L, 7L)]
    [TestCase("xor.b64", 0xFFL << 32, 0x0FL << 32, 0xF0L << 32)]
    public void Two_wide_operands(string instruction, long a, long b, long expected) =>
        Assert.That(InstructionHarness.Run<long>($"{instruction} %d, %i0, %i1;", new[] { a }, new[] { b })[0], Is.EqualTo(expected));

    [TestCase("add.s16", (short)32767, (short)1, (short)-32768)]
    [TestCase("mul.lo.u16", (short)300, (short)300, unchecked((short)90000))]
    [TestCase("div.s16", (short)-7, (short)2, (short)-3)]
    [TestCase("min.s16", (short)-5, (short)5, (short)-5)]
    [TestCase("min.u16", (short)-5, (short)5, (short)5)]
    [TestCase("xor.b16", (short)-1, (short)0x0F0F, unchecked((short)0xF0F0))]
    public void Two_narrow_operands(string instruction, short a, short b, short expected) =>
        Assert.That(InstructionHarness.Run<short>($"{instruction} %d, %i0, %i1;", new[] { a }, new[] { b })[0], Is.EqualTo(expected));

    [TestCase("mad.lo.s32", -3, 5, 100, 85)]
    [TestCase("mad.hi.u32", -1, 16, 2, 17)]
    [TestCase("prmt.b32", 0x33221100, 0x77665544, 0x3715, 0x33771155)]
    [TestCase("prmt.b32", 0x0000807F, 0, 0x0098, 0x7F7FFF00)]
    [TestCase("shf.l.wrap.b32", 0x12345678, unchecked((int)0x9ABCDEF0), 36, unchecked((int)0xABCDEF01))]
    [TestCase("shf.r.clamp.b32", 0x12345678, unchecked((int)0x9ABCDEF0), 40, unchecked((int)0x9ABCDEF0))]
    [TestCase("bfe.u32", 0x12345678, 8, 12, 0x456)]
    [TestCase("bfe.s32", 0x00000F00, 8, 4, -1)]
    [TestCase("bfe.s32", unchecked((int)0x80000000), 28, 8, -8)]
    [TestCase("sad.s32", -3, 4, 10, 17)]
    [TestCase("fns.b32", 0b11010, 0, 2, 3)]
    [TestCase("fns.b32", 0b11010, 4, -2, 3)]
    [TestCase("fns.b32", 0b11010, 4, 2, -1)]
    public void Three_operands(string instruction, int a, int b, int c, int expected) =>
        Assert.That(InstructionHarness.Run<int>($"{instruction} %d, %i0, %i1, %i2;", new[] { a }, new[] { b }, new[] { c })[0], Is.EqualTo(expected));

    // The table of a function of three bits is that function of 0xF0, 0xCC and 0xAA.
    [TestCase(0xF0 & 0xCC & 0xAA)]
    [TestCase(0xF0 ^ 0xCC ^ 0xAA)]
    [TestCase((0xF0 & 0xCC) | (~0xF0 & 0xAA & 0xFF))]
    public void Logic_table(int table)
    {
        uint[] a = [0xFFFF0000], b = [0xFF00FF00], c = [0xF0F0F0F0];
        uint expected = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            int row = (int)((a[0] >> bit & 1) << 2 | (b[0] >> bit & 1) << 1 | (c[0] >> bit & 1));
            expected |= (uint)(table >> row & 1) << bit;
        }
        Assert.That(InstructionHarness.Run<uint>($"lop3.b32 %d, %i0, %i1, %i2, {table};", a, b, c)[0], Is.EqualTo(expected));
    }

    [TestCase("popc.b32", 0x00F0F001, 9)]
    [TestCase("clz.b32", 0x00F0F001, 8)]
    [TestCase("clz.b32", 0, 32)]
    [TestCase("brev.b32", 1, int.MinValue)]
    [TestCase("bfind.u32", 0x00F0F001, 23)]
    [TestCase("bfind.s32", -1, -1)]
    [TestCase("not.b32", 5, -6)]
    [TestCase("neg.s32", 5, -5)]
    [TestCase("abs.s32", -5, 5)]
    [TestCase("cnot.b32", 0, 1)]
    [TestCase("cnot.b32", 77, 0)]
    public void One_operand(string instruction, int a, int expected) =>
        Assert.That(InstructionHarness.Run<int>($"{instruction} %d, %i0;", new[] { a })[0], Is.EqualTo(expected));

    [Test]
    public void Field_insertion() =>
        Assert.That(InstructionHarness.Run<uint>("bfi.b32 %d, %i0, %i1, 8, 4;", new[] { 0xFFu }, new[] { 0x12345678u })[0], Is.EqualTo(0x12345F78u));

    [Test]
    public void Wide_products()
    {
        Assert.That(InstructionHarness.Run<long>("mul.wide.s32 %d, %i0, %i1;", new[] { -70000 }, new[] { 70000 })[0], Is.EqualTo(-4900000000L));
        Assert.That(InstructionHarness.Run<ulong>("mul.wide.u32 %d, %i0, %i1;", new[] { uint.MaxValue }, new[] { 4u })[0], Is.EqualTo(0x3FFFFFFFCul));
        Assert.That(InstructionHarness.Run<int>("mul.wide.s16 %d, %i0, %i1;", new[] { (short)-300 }, new[] { (short)300 })[0], Is.EqualTo(-90000));
        Assert.That(InstructionHarness.Run<ulong>("mad.wide.u32 %d, %i0, 4, %i1;", new[] { 5u }, new[] { 1ul << 40 })[0], Is.EqualTo((1ul << 40) + 20));
    }

    [Test]
    public void Wide_shifts_and_counts()
    {
        Assert.That(InstructionHarness.Run<ulong>("shl.b64 %d, %i0, 36;", new[] { 3ul })[0], Is.EqualTo(3ul << 36));
        Assert.That(InstructionHarness.Run<long>("shr.s64 %d, %i0, 70;", new[] { -3L })[0], Is.EqualTo(-1L));
        Assert.That(InstructionHarness.Run<uint>("popc.b64 %d, %i0;", new[] { ulong.MaxValue })[0], Is.EqualTo(64u));
        Assert.That(InstructionHarness.Run<uint>("clz.b64 %d, %i0;", new[] { 1ul })[0], Is.EqualTo(63u));
    }

    [TestCase("lt.s32", -1, 1, true)]
    [TestCase("lt.u32", -1, 1, false)]
    [TestCase("lo.u32", 1, -1, true)]
    [TestCase("ge.s32", 4, 4, true)]
    [TestCase("ne.s32", 4, 4, false)]
    [TestCase("hi.u32", -1, 4, true)]
    [TestCase("eq.b32", 4, 4, true)]
    public void Comparisons(string comparison, int a, int b, bool expected) => Assert.That(
        InstructionHarness.Run<int>($"setp.{comparison} %p0, %i0, %i1; selp.b32 %d, 1, 2, %p0;", new[] { a }, new[] { b })[0], Is.EqualTo(expected ? 1 : 2));

    [Test]
    public void Comparison_combined_with_a_predicate_gives_both_results()
    {
        const string Code = "setp.gt.s32 %p0, %i0, 0; setp.lt.and.s32 %p1|%p2, %i0, 10, %p0; selp.b32 %t0, 1, 0, %p1; selp.b32 %t1, 2, 0, %p2; or.b32 %d, %t0, %t1;";
        Assert.That(InstructionHarness.Run<int>(Code, new[] { -5, 5, 15 }), Is.EqualTo(new[] { 0, 1, 2 }));
        const string Negated = "setp.gt.s32 %p0, %i0, 0; setp.lt.or.s32 %p1, %i0, 10, !%p0; selp.b32 %d, 1, 0, !%p1;";
        Assert.That(InstructionHarness.Run<int>(Negated, new[] { -5, 5, 15 }), Is.EqualTo(new[] { 0, 0, 1 }));
    }

    [Test]
    public void Predicate_logic()
    {
        const string Code = "setp.gt.s32 %p0, %i0, 0; setp.gt.s32 %p1, %i0, 10; xor.pred %p2, %p0, %p1; not.pred %p3, %p2; and.pred %p4, %p2, %p0; or.pred %p4, %p4, %p3; selp.b32 %d, 1, 0, %p4;";
        Assert.That(InstructionHarness.Run<int>(Code, new[] { -5, 5, 15 }), Is.EqualTo(new[] { 1, 1, 1 }));
    }

    [Test]
    public void Packing_and_unpacking()
    {
        Assert.That(InstructionHarness.Run<ulong>("mov.b64 %d, {%i0, %i1};", new[] { 1u }, new[] { 2u })[0], Is.EqualTo((2ul << 32) | 1));
        Assert.That(InstructionHarness.Run<uint>("mov.b64 {%t0, %d}, %i0;", new[] { (2ul << 32) | 1 })[0], Is.EqualTo(2u));
        Assert.That(InstructionHarness.Run<uint>("mov.b32 %d, {%i0, %i1};", new[] { (short)1 }, new[] { (short)-2 })[0], Is.EqualTo(0xFFFE0001u));
    }
}
