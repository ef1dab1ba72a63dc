using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Tests;

/// <summary>Divergence, loops, barriers, and what the parser refuses.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ControlFlowTests
{
    private const string Store = "ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r0, 4, %rd1; st.global.u32 [%rd1], %r2;";

    [Test]
    public void Lanes_meet_again_where_a_branch_joins()
    {
        // The block behind the branch stands behind its join in the text; the ballot at the join must still see all lanes.
        const string Body = $"""
            and.b32 %r3, %r0, 1; setp.ne.u32 %p0, %r3, 0; mov.u32 %r4, 5; @%p0 bra ODD;
            JOIN: setp.eq.u32 %p1, %r4, 5; vote.sync.ballot.b32 %r2, %p1, -1; {Store} ret;
            ODD: mov.u32 %r4, 6; bra.uni JOIN;
            """;
        LaunchReport report = Run(Body, out uint[] result);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(result, Is.All.EqualTo(0x55555555u));
        Assert.That(report.Counts.DivergentBranches, Is.EqualTo(1));
    }

    [Test]
    public void Loops_of_different_length_end_together()
    {
        const string Body = $"""
            mov.u32 %r2, 0; mov.u32 %r3, %r0;
            LOOP: setp.eq.u32 %p0, %r3, 0; @%p0 bra DONE; add.u32 %r2, %r2, %r3; sub.u32 %r3, %r3, 1; bra.uni LOOP;
            DONE: activemask.b32 %r5; setp.eq.u32 %p1, %r5, -1; @!%p1 add.u32 %r2, %r2, 10000; {Store}
            """;
        LaunchReport report = Run(Body, out uint[] result);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(result, Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)(i * (i + 1) / 2)).ToArray()));
    }

    [Test]
    public void Indexed_branches()
    {
        const string Body = $"""
            and.b32 %r3, %r0, 3; mov.u32 %r2, 0;
            LIST: .branchtargets ZERO, ONE, TWO, THREE;
            brx.idx %r3, LIST;
            ZERO: add.u32 %r2, %r2, 1; ONE: add.u32 %r2, %r2, 10; TWO: add.u32 %r2, %r2, 100; THREE: add.u32 %r2, %r2, 1000;
            {Store}
            """;
        Run(Body, out uint[] result);
        Assert.That(result[..4], Is.EqualTo(new[] { 1111u, 1110u, 1100u, 1000u }));
    }

    [Test]
    public void Named_barriers_let_parts_of_a_group_pass()
    {
        // Warp 0 produces and arrives at barrier 1; warp 1 waits there for both.
        const string Body = """
            .shared .align 4 .b8 box[128];
            ld.param.u64 %rd1, [out]; mov.u32 %r4, box; and.b32 %r5, %r0, 31; mad.lo.u32 %r4, %r5, 4, %r4;
            setp.ge.u32 %p0, %r0, 32; @%p0 bra CONSUME;
            mul.lo.u32 %r6, %r0, 3; st.shared.u32 [%r4], %r6; bar.arrive 1, 64; ret;
            CONSUME: bar.sync 1, 64; ld.shared.u32 %r7, [%r4]; mad.wide.u32 %rd1, %r5, 4, %rd1; st.global.u32 [%rd1], %r7;
            """;
        LaunchReport report = Run(Body, out uint[] result, threads: 64);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(result, Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)(3 * i)).ToArray()));
    }

    [TestCase("popc.u32 %r2, 0, %p0;", 20u)]
    [TestCase("and.pred %p1, 0, %p0; selp.b32 %r2, 1, 0, %p1;", 0u)]
    [TestCase("or.pred %p1, 0, %p0; selp.b32 %r2, 1, 0, %p1;", 1u)]
    public void Barriers_that_reduce(string reduction, uint expected)
    {
        LaunchReport report = Run($"setp.lt.u32 %p0, %r0, 20; bar.red.{reduction} setp.ge.u32 %p2, %r0, 32; @%p2 ret; {Store}", out uint[] result, threads: 64);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(result, Is.All.EqualTo(expected));
    }

    [TestCase("frobnicate.b32 %r2, %r0;", "frobnicate.b32 %r2, %r0")]
    [TestCase("add.rz.f32 %f1, %f2, %f3;", "add.rz.f32")]
    [TestCase("mov.b64 %rd1, %r0;", "mov.b64 %rd1, %r0")]
    [TestCase("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%rd1}, {%rd2}, {%rd3}, {%rd4};", "m8n8k4")]
    [TestCase("bra NOWHERE;", "NOWHERE")]
    [TestCase("add.u32 %r2, %unknown, 1;", "%unknown")]
    public void What_the_machine_does_not_know_is_refused_with_its_line(string instruction, string quoted)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        PtxException? error = Assert.Throws<PtxException>(() => machine.Load(PtxSource.Kernel("", instruction)));
        Assert.That(error!.Message, Does.Contain(quoted).And.Contain("line 13"));
    }

    [Test]
    public void Endless_loops_are_stopped()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, BlockLimit = 1000 });
        LaunchReport report = machine.Launch(machine.Load(PtxSource.Kernel("", "AGAIN: bra.uni AGAIN;")), 1, 32, 0);
        Assert.That(report.Findings.Single().Kind, Is.EqualTo(FindingKind.Endless));
    }

    [Test]
    public void Launches_that_do_not_fit_are_refused()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        MachineKernel kernel = machine.Load(PtxSource.Kernel(".param .u64 out", ""));
        Assert.Throws<PtxException>(() => machine.Launch(kernel, 1, 32, 0));
        Assert.Throws<PtxException>(() => machine.Launch(kernel, 1, 32, 0, 5));
        Assert.Throws<PtxException>(() => machine.Launch(kernel, 1, 2048, 0, 5L));
        Assert.Throws<PtxException>(() => machine.Launch(kernel, 1, 32, 16, 5L));
    }

    [Test]
    public void A_trace_lists_what_the_first_warp_executes()
    {
        List<string> lines = [];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, Trace = lines.Add });
        machine.Launch(machine.Load(PtxSource.Kernel("", "setp.lt.u32 %p0, %r0, 4;\n@%p0 add.u32 %r2, %r0, 1;")), 2, 64, 0);
        Assert.That(lines, Has.Count.EqualTo(5));
        Assert.That(lines[3], Does.Contain("0000000f").And.Contain("@%p0 add.u32 %r2, %r0, 1"));
    }

    private static LaunchReport Run(string body, out uint[] result, int threads = 32)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(32);
        LaunchReport report = machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", body)), 1, threads, 0, output.Address);
        result = output.ToArray();
        return report;
    }
}
