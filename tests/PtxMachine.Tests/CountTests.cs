using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Tests;

/// <summary>Counts of small kernels, worked out by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CountTests
{
    // 32 lanes, 4 bytes each: side by side 4 sectors; two apart 8; a sector each 32; all the same 1; shifted by one word 5.
    [TestCase("4, %rd1", 0, 4, 4)]
    [TestCase("8, %rd1", 0, 8, 4)]
    [TestCase("32, %rd1", 0, 32, 4)]
    [TestCase("0, %rd1", 0, 1, 1)]
    [TestCase("4, %rd1", 4, 5, 4)]
    public void Sectors_of_global_reads(string stride, int offset, int sectors, int ideal)
    {
        KernelCounts counts = Run($"ld.param.u64 %rd1, [data]; mad.wide.u32 %rd1, %r0, {stride}; ld.global.u32 %r2, [%rd1+{offset}];", 1, 32).Counts;
        Assert.That((counts.GlobalBytes, counts.GlobalSectors, counts.IdealGlobalSectors), Is.EqualTo((128L, (long)sectors, (long)ideal)));
        Assert.That((counts.DistinctReadBytes, counts.DistinctWrittenBytes), Is.EqualTo((32L * sectors, 0L)));
    }

    [Test]
    public void Distinct_bytes_are_counted_once_however_many_groups_read_them()
    {
        KernelCounts counts = Run("ld.param.u64 %rd1, [data]; mad.wide.u32 %rd1, %r0, 4, %rd1; ld.global.u32 %r2, [%rd1]; setp.eq.u32 %p0, %r1, 3; @%p0 st.global.u32 [%rd1+512], %r0;", 5, 64).Counts;
        Assert.That(counts.GlobalSectors, Is.EqualTo(5 * 2 * 4 + 2 * 4));
        Assert.That((counts.DistinctReadBytes, counts.DistinctWrittenBytes), Is.EqualTo((256L, 256L)));
    }

    // Passes of 32 lanes that access words: side by side 1; the same word 1; two apart 2; a column of a 32-wide tile 32, of a 33-wide one 1.
    [TestCase(4, "u32", "%r2", 1, 1)]
    [TestCase(0, "u32", "%r2", 1, 1)]
    [TestCase(8, "u32", "%r2", 2, 1)]
    [TestCase(128, "u32", "%r2", 32, 1)]
    [TestCase(132, "u32", "%r2", 1, 1)]
    [TestCase(16, "v4.u32", "{%r2, %r3, %r4, %r5}", 4, 4)]
    [TestCase(128, "v4.u32", "{%r2, %r3, %r4, %r5}", 32, 4)]
    [TestCase(8, "v2.u32", "{%r2, %r3}", 2, 2)]
    [TestCase(2, "u16", "%h", 1, 1)]
    public void Passes_over_the_banks(int stride, string type, string register, int passes, int ideal)
    {
        string body = $".reg .b16 %h; .shared .align 16 .b8 box[4352]; mov.u32 %r6, box; mad.lo.u32 %r6, %r0, {stride}, %r6; ld.shared.{type} {register}, [%r6];";
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, Checks = false });
        KernelCounts counts = machine.Launch(machine.Load(PtxSource.Kernel("", body)), 1, 32, 0).Counts;
        Assert.That((counts.SharedPasses, counts.IdealSharedPasses), Is.EqualTo(((long)passes, (long)ideal)));
    }

    [Test]
    public void Classes_blocks_and_divergence()
    {
        const string Body = """
            setp.lt.u32 %p0, %r0, 16; mov.u32 %r3, 0;
            LOOP: add.u32 %r3, %r3, 1; setp.lt.u32 %p1, %r3, 4; @%p1 bra LOOP;
            @%p0 bra END; mul.f32 %f1, 0f3F800000, 0f3F800000; ex2.approx.f32 %f2, %f1;
            END: bar.sync 0;
            """;
        KernelCounts counts = Run(Body, 3, 64).Counts;
        // 3 groups of 2 warps; in each first warp half the lanes skip the float part.
        Dictionary<InstructionClass, long> expected = new()
        {
            [InstructionClass.Move] = 6 * 3,
            [InstructionClass.Compare] = 6 * 5,
            [InstructionClass.Integer] = 6 * 4,
            [InstructionClass.Branch] = 6 * (4 + 1 + 1),
            [InstructionClass.Float] = 6,
            [InstructionClass.Special] = 6,
            [InstructionClass.Barrier] = 6,
        };
        Assert.That(counts.Classes, Is.EquivalentTo(expected));
        Assert.That(counts.Instructions, Is.EqualTo(expected.Values.Sum()));
        Assert.That(counts.IssueSlots, Is.EqualTo(expected.Values.Sum() - 18));
        Assert.That(counts.DivergentBranches, Is.EqualTo(3));
        Assert.That(counts.Barriers, Is.EqualTo(6));
    }

    [Test]
    public void A_roofline_names_what_bounds_a_launch()
    {
        LaunchReport report = Run("ld.param.u64 %rd1, [data]; mad.wide.u32 %rd1, %r0, 4, %rd1; ld.global.u32 %r2, [%rd1];", 1, 64);
        Roofline roofline = Roofline.Of(report.Counts, Card.H200);
        Assert.That(roofline.BoundBy, Is.EqualTo("memory"));
        Assert.That(roofline.Floor, Is.EqualTo(256 / (Card.H200.MemoryGigabytes * 1e9)).Within(1e-9).Percent);
        Assert.That(report.ToText(Card.H200), Does.Contain("H200: at least").And.Contain("256 bytes asked"));
    }

    private static LaunchReport Run(string body, int groups, int threads)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> data = machine.Allocate(new uint[512]);
        return machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 data", body)), groups, threads, 0, data.Address).ThrowIfFindings();
    }
}
