using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Tests;

/// <summary>Known-bad kernels must be caught, at the right line, group and thread; their repaired twins must be clean.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FindingTests
{
    private const string Box = ".shared .align 16 .b8 box[512]; mov.u32 %r10, box; mad.lo.u32 %r11, %r0, 4, %r10;\n";
    private const string Out = "ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r0, 4, %rd1;\n";
    private const string Exchange = "xor.b32 %r12, %r0, 32; mad.lo.u32 %r12, %r12, 4, %r10;\n";

    [TestCase(FindingKind.UninitialisedRegister, "add.u32 %r2, %r3, 1;", 0)]
    [TestCase(FindingKind.UninitialisedRegister, "setp.gt.u32 %p0, %r0, 4;\n@!%p0 mov.u32 %r3, 1;\nadd.u32 %r2, %r3, 1;", 5)]
    [TestCase(FindingKind.UninitialisedRegister, "@%p3 add.u32 %r2, %r0, 1;", 0)]
    [TestCase(FindingKind.UninitialisedRegister, "mov.u32 %r3, %r4;\nst.global.u32 [%rd1], %r3;", 0)]
    [TestCase(FindingKind.UninitialisedGlobalRead, "ld.global.u32 %r2, [%rd1];", 0)]
    [TestCase(FindingKind.OutOfBounds, "ld.global.u32 %r2, [%rd1+256];", 0)]
    [TestCase(FindingKind.OutOfBounds, "st.global.u32 [%rd1+132], %r0;", 31)]
    [TestCase(FindingKind.OutOfBounds, "mul.wide.u32 %rd3, %r0, 4; add.u64 %rd3, %rd3, 64; ld.global.u32 %r2, [%rd3];", 0)]
    [TestCase(FindingKind.Misaligned, "st.global.u32 [%rd1+2], %r0;", 0)]
    [TestCase(FindingKind.Misaligned, "st.global.v2.u32 [%rd1], {%r0, %r0};", 1)]
    [TestCase(FindingKind.ConflictingWrites, "ld.param.u64 %rd2, [out]; st.global.u32 [%rd2], %r0;", 0)]
    [TestCase(FindingKind.InactiveShuffleSource, "setp.lt.u32 %p0, %r0, 8;\n@%p0 shfl.sync.down.b32 %r2, %r0, 4, 31, 255;", 4)]
    [TestCase(FindingKind.PartialWarp, "setp.lt.u32 %p0, %r0, 8;\n@%p0 shfl.sync.bfly.b32 %r2, %r0, 1, 31, -1;", 0)]
    [TestCase(FindingKind.OutsideMemberMask, "shfl.sync.bfly.b32 %r2, %r0, 1, 31, 0xFFFF;", 16)]
    [TestCase(FindingKind.DivergentUniformBranch, "setp.lt.u32 %p0, %r0, 8;\n@%p0 bra.uni L;\nadd.u32 %r2, %r0, 1;\nL:", 0)]
    [TestCase(FindingKind.Trap, "setp.eq.u32 %p0, %r0, 9;\n@%p0 trap;", 9)]
    [TestCase(FindingKind.UninitialisedLocalRead, ".local .align 4 .b8 mine[16];\nld.local.u32 %r2, [mine+8];", 0)]
    [TestCase(FindingKind.OutOfBounds, ".local .align 4 .b8 mine[16];\nst.local.u32 [mine+16], %r0;", 0)]
    [TestCase(FindingKind.PartialWarp, "setp.lt.u32 %p0, %r0, 8;\n@%p0 bra L;\nadd.u32 %r2, %r0, 1;\nbar.sync 0;\nret;\nL: bar.sync 0;", 8)]
    public void One_warp(FindingKind kind, string code, int thread)
    {
        LaunchReport report = Run(Out + code, threads: 32);
        Finding finding = report.Findings.First(found => found.Kind == kind);
        Assert.That(finding.Thread, Is.EqualTo(thread));
        Assert.That((finding.Kernel, finding.Group), Is.EqualTo(("test", 0)));
        string line = PtxSource.Kernel(".param .u64 out", Out + code).Split('\n')[finding.Line - 1];
        Assert.That(line, Does.Contain(finding.Text));
    }

    [TestCase(FindingKind.UninitialisedSharedRead, "ld.shared.u32 %r2, [%r11];")]
    [TestCase(FindingKind.OutOfBounds, "st.shared.u32 [%r11+256], %r0; bar.sync 0; st.shared.u32 [%r11+260], %r0;")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; ld.shared.u32 %r2, [%r12];")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; bar.sync 0; ld.shared.u32 %r2, [%r12]; st.shared.u32 [%r11], %r2;")]
    [TestCase(FindingKind.SharedRace, "and.b32 %r2, %r0, 31; mad.lo.u32 %r3, %r2, 4, %r10; st.shared.u32 [%r3], %r0;")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; xor.b32 %r2, %r0, 1; mad.lo.u32 %r2, %r2, 4, %r10; "
        + "ld.shared.u32 %r3, [%r2];")]
    [TestCase(FindingKind.SharedRace, "cvt.u16.u32 %h1, %r0; xor.b32 %r2, %r0, 33; mad.lo.u32 %r3, %r0, 2, %r10; mad.lo.u32 %r4, %r2, "
        + "2, %r10; st.shared.u16 [%r3], %h1; ld.shared.u16 %h2, [%r4];")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; atom.shared.add.u32 %r2, [%r12], 1;")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; bar.sync 0; atom.shared.add.u32 %r2, [%r11], 1; ld.shared.u32 %r2, "
        + "[%r12];")]
    [TestCase(FindingKind.SharedRace, "st.shared.u32 [%r11], %r0; bar.sync 0; ld.shared.u32 %r2, [%r11]; atom.shared.add.u32 %r2, "
        + "[%r12], 1;")]
    [TestCase(FindingKind.UninitialisedSharedRead, "atom.shared.add.u32 %r2, [%r11], 1;")]
    [TestCase(FindingKind.BarrierNotReached, "setp.lt.u32 %p0, %r0, 32; @%p0 ret; bar.sync 0;")]
    [TestCase(FindingKind.BarrierNotReached, "setp.lt.u32 %p0, %r0, 32; @%p0 bra L; bar.sync 1; bra.uni END; L: bar.sync 2; END:")]
    [TestCase(FindingKind.BarrierNotReached, "bar.sync 1, 96;")]
    public void Two_warps(FindingKind kind, string code)
    {
        LaunchReport report = Run(".reg .b16 %h<4>;" + Box + Exchange + Out + code, threads: 64);
        Assert.That(report.Findings.Select(finding => finding.Kind), Does.Contain(kind));
    }

    [TestCase("st.shared.u32 [%r11], %r0; bar.sync 0; ld.shared.u32 %r2, [%r12]; bar.sync 0; st.shared.u32 [%r11], %r2;")]
    [TestCase("st.shared.u32 [%r11], %r0; xor.b32 %r2, %r0, 1; mad.lo.u32 %r2, %r2, 4, %r10; bar.warp.sync -1; ld.shared.u32 %r3, [%r2];")]
    [TestCase("st.shared.u32 [%r11], %r0; bar.sync 0; atom.shared.add.u32 %r2, [%r10], 1; bar.sync 0; ld.shared.u32 %r2, [%r12];")]
    [TestCase("st.shared.u32 [%r11], %r0; bar.sync 3, 64; ld.shared.u32 %r2, [%r12]; st.global.u32 [%rd1], %r2;")]
    [TestCase("cvt.u16.u32 %h1, %r0; mad.lo.u32 %r3, %r0, 2, %r10; st.shared.u16 [%r3], %h1; ld.shared.u16 %h2, [%r3];")]
    [TestCase("setp.lt.u32 %p0, %r0, 32; @%p0 st.shared.u32 [%r11], %r0; @%p0 bar.arrive 1, 64; @%p0 ret; bar.sync 1, 64; "
        + "ld.shared.u32 %r2, [%r12];")]
    public void Two_warps_that_do_it_right(string code)
    {
        LaunchReport report = Run(".reg .b16 %h<4>;" + Box + Exchange + Out + code, threads: 64);
        Assert.That(report.Findings, Is.Empty);
    }

    [TestCase("cp.async.wait_all; bar.sync 0;", true)]
    [TestCase("cp.async.commit_group; cp.async.wait_group 0; bar.sync 0;", true)]
    [TestCase("bar.sync 0;", false)]
    [TestCase("cp.async.commit_group; cp.async.wait_group 1; bar.sync 0;", false)]
    [TestCase("cp.async.wait_all;", false)]
    public void Asynchronous_copies_arrive_at_their_wait(string wait, bool clean)
    {
        string body = $"""
            .shared .align 16 .b8 box[1024];
            ld.param.u64 %rd1, [out]; mad.wide.u32 %rd2, %r0, 16, %rd1;
            mov.u32 %r10, box; mad.lo.u32 %r11, %r0, 16, %r10; xor.b32 %r12, %r0, 32; mad.lo.u32 %r12, %r12, 16, %r10;
            setp.ne.u32 %p0, %r0, 3; selp.b32 %r13, 16, 0, %p0;
            cp.async.cg.shared.global [%r11], [%rd2], 16, %r13;
            {wait}
            ld.shared.u32 %r2, [%r12]; bar.sync 0; st.global.u32 [%rd2], %r2;
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> data = machine.Allocate([.. Enumerable.Range(0, 256).Select(i => (uint)i)]);
        LaunchReport report = machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", body)), 1, 64, 0, data.Address);
        if (clean)
        {
            Assert.That(report.Findings, Is.Empty);
            Assert.That(data.ToArray().Where((_, i) => i % 4 == 0),
                Is.EqualTo(Enumerable.Range(0, 64).Select(i => (i ^ 32) == 3 ? 0u : (uint)(4 * (i ^ 32)))));
        }
        else
        {
            Assert.That(report.Findings.Select(finding => finding.Kind), Does.Contain(wait.Contains("wait_all", StringComparison.Ordinal)
                ? FindingKind.SharedRace : FindingKind.AsyncCopyNotAwaited));
        }
    }

    [Test]
    public void A_copy_of_no_bytes_does_not_look_at_its_source()
    {
        const string Body = """
            .shared .align 16 .b8 box[512];
            mov.u32 %r10, box; mad.lo.u32 %r11, %r0, 16, %r10; mov.b64 %rd2, 12345; mov.u32 %r12, 0;
            cp.async.cg.shared.global [%r11], [%rd2], 16, %r12; cp.async.wait_all; ld.shared.u32 %r2, [%r11];
            ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r0, 4, %rd1; st.global.u32 [%rd1], %r2;
            """;
        LaunchReport report = Run(Body, threads: 32);
        Assert.That(report.Findings, Is.Empty);
    }

    [TestCase("st.global.u32 [%rd1], %r1;", true)]
    [TestCase("mad.lo.u32 %r2, %r1, 32, %r0; ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r2, 4, %rd1; st.global.u32 [%rd1], %r1;", false)]
    [TestCase("setp.eq.u32 %p0, %r1, 0; @%p0 st.global.u32 [%rd1], %r0; @!%p0 ld.global.u32 %r2, [%rd1];", true)]
    [TestCase("red.global.add.u32 [%rd1], %r0;", false)]
    public void Groups_that_race(string code, bool race)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, Workers = 1 });
        using DriverBuffer<uint> data = machine.Allocate(new uint[64]);
        MachineKernel kernel = machine.Load(PtxSource.Kernel(".param .u64 out", Out + code));
        LaunchReport report = machine.Launch(kernel, 2, 32, 0, data.Address);
        Assert.That(report.Findings.Select(finding => finding.Kind), race ? Is.EqualTo(new[] { FindingKind.GlobalRace }) : Is.Empty);
        // A later launch may read and write what an earlier one has written.
        Assert.That(machine.Launch(kernel, 1, 32, 0, data.Address).Findings, Is.Empty);
    }

    [TestCase(4, true)]
    [TestCase(16, false)]
    public void Alignment_by_luck(int alignment, bool misaligned)
    {
        string body = $".shared .align {alignment} .b8 box[512]; mov.u32 %r2, box; mad.lo.u32 %r2, %r0, 16, %r2; "
            + $"st.shared.v4.u32 [%r2], {{%r0, %r0, %r0, %r0}};";
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, UnluckyAlignment = true });
        LaunchReport report = machine.Launch(machine.Load(PtxSource.Kernel("", body)), 1, 32, 0);
        Assert.That(report.Findings.Select(finding => finding.Kind), misaligned ? Is.EqualTo(new[] { FindingKind.Misaligned }) : Is.Empty);
    }

    [Test]
    public void Unrounded_tensor_floats_are_named()
    {
        const string Body = "mov.b32 %r2, 0x3F800001; mov.f32 %f0, 0f00000000; "
            + "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r2,%r2}, {%r2}, {%f0,%f0,%f0,%f0};";
        Assert.That(Run(Body, threads: 32).Findings.Single().Kind, Is.EqualTo(FindingKind.UnroundedTensorFloat));
    }

    [Test]
    public void As_a_driver_the_machine_throws()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        IKernelDriver driver = machine;
        IDriverKernel kernel = driver.LoadKernel(PtxSource.Kernel("", "add.u32 %r2, %r3, 1;"));
        KernelFaultException? fault = Assert.Throws<KernelFaultException>(() => driver.Launch(kernel, 1, 32, 0));
        Assert.That(fault!.Message, Does.Contain("UninitialisedRegister").And.Contain("add.u32 %r2, %r3, 1"));
        Assert.That(machine.History, Has.Count.EqualTo(1));
    }

    [Test]
    public void Without_checks_nothing_is_reported_but_bad_addresses()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, Checks = false });
        using DriverBuffer<uint> output = machine.Allocate<uint>(64);
        MachineKernel kernel = machine.Load(PtxSource.Kernel(".param .u64 out", Out
            + "add.u32 %r2, %r3, 1; st.global.u32 [%rd1+256], %r2;"));
        Assert.That(machine.Launch(kernel, 1, 32, 0, output.Address).Findings.Single().Kind, Is.EqualTo(FindingKind.OutOfBounds));
    }

    private static LaunchReport Run(string body, int threads)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(64);
        return machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", body)), 1, threads, 0, output.Address);
    }
}
