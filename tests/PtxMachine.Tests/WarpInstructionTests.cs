namespace DoRA.PtxMachine.Tests;

/// <summary>Instructions in which lanes of a warp speak to each other.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class WarpInstructionTests
{
    private static readonly uint[] Lanes = [.. Enumerable.Range(0, 32).Select(lane => (uint)lane)];

    [TestCase("up", 3, 0, 0)]
    [TestCase("down", 3, 31, 0)]
    [TestCase("bfly", 5, 31, 0)]
    [TestCase("idx", 9, 31, 0)]
    [TestCase("down", 2, 7, 24)]
    [TestCase("idx", 1, 7, 24)]
    public void Shuffles_follow_the_manual(string mode, int distance, int clamp, int segment)
    {
        uint bounds = (uint)(segment << 8 | clamp);
        uint[] result = InstructionHarness.RunWarp<uint>($"shfl.sync.{mode}.b32 %t0|%p0, %i0, {distance}, {bounds}, -1; selp.b32 %t1, 100, 0, %p0; add.s32 %d, %t0, %t1;", Lanes);
        for (int lane = 0; lane < 32; lane++)
        {
            int low = lane & segment, high = low | (clamp & ~segment);
            (int source, bool inside) = mode switch
            {
                "up" => (lane - distance, lane - distance >= high),
                "down" => (lane + distance, lane + distance <= high),
                "bfly" => (lane ^ distance, (lane ^ distance) <= high),
                _ => (low | (distance & ~segment), (low | (distance & ~segment)) <= high),
            };
            Assert.That(result[lane], Is.EqualTo((inside ? source + 100 : lane)), $"lane {lane}");
        }
    }

    [Test]
    public void Votes()
    {
        Assert.That(InstructionHarness.RunWarp<uint>("setp.lt.u32 %p0, %i0, 5; vote.sync.ballot.b32 %d, %p0, -1;", Lanes), Is.All.EqualTo(31u));
        Assert.That(InstructionHarness.RunWarp<uint>("setp.lt.u32 %p0, %i0, 5; vote.sync.ballot.b32 %d, !%p0, -1;", Lanes), Is.All.EqualTo(~31u));
        Assert.That(InstructionHarness.RunWarp<uint>("setp.lt.u32 %p0, %i0, 5; vote.sync.any.pred %p1, %p0, -1; selp.b32 %d, 1, 0, %p1;", Lanes), Is.All.EqualTo(1u));
        Assert.That(InstructionHarness.RunWarp<uint>("setp.lt.u32 %p0, %i0, 5; vote.sync.all.pred %p1, %p0, -1; selp.b32 %d, 1, 0, %p1;", Lanes), Is.All.EqualTo(0u));
        Assert.That(InstructionHarness.RunWarp<uint>("setp.lt.u32 %p0, %i0, 50; vote.sync.uni.pred %p1, %p0, -1; selp.b32 %d, 1, 0, %p1;", Lanes), Is.All.EqualTo(1u));
        Assert.That(InstructionHarness.RunWarp<uint>("activemask.b32 %d;", Lanes), Is.All.EqualTo(uint.MaxValue));
    }

    [Test]
    public void Active_lanes_of_a_guarded_instruction() =>
        Assert.That(InstructionHarness.RunWarp<uint>("mov.b32 %d, 0; setp.lt.u32 %p0, %i0, 5; @%p0 activemask.b32 %d;", Lanes),
            Is.EqualTo(Lanes.Select(lane => lane < 5 ? 31u : 0).ToArray()));

    [Test]
    public void Matches_and_reductions()
    {
        Assert.That(InstructionHarness.RunWarp<uint>("and.b32 %t0, %i0, 1; match.any.sync.b32 %d, %t0, -1;", Lanes),
            Is.EqualTo(Lanes.Select(lane => lane % 2 == 0 ? 0x55555555u : 0xAAAAAAAAu).ToArray()));
        Assert.That(InstructionHarness.RunWarp<uint>("redux.sync.add.u32 %d, %i0, -1;", Lanes), Is.All.EqualTo(496u));
        Assert.That(InstructionHarness.RunWarp<int>("sub.s32 %t0, %i0, 7; redux.sync.min.s32 %d, %t0, -1;", Lanes), Is.All.EqualTo(-7));
    }

    [Test]
    public void Special_registers()
    {
        const string Body = """
            ld.param.u64 %rd1, [out];
            mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.y; mad.lo.u32 %r4, %r3, %r2, %r0;
            mov.u32 %r5, %nctaid.x; mov.u32 %r6, %laneid; mov.u32 %r7, %lanemask_lt; mov.u32 %r8, %warpid;
            mul.wide.u32 %rd2, %r4, 16; add.u64 %rd1, %rd1, %rd2;
            mov.u32 %r9, %ctaid.y; mad.lo.u32 %r9, %r9, %r5, %r1;
            setp.ne.u32 %p0, %r9, 5; @%p0 bra DONE;
            st.global.v4.u32 [%rd1], {%r9, %r6, %r7, %r8};
            DONE:
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(4 * 48);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", Body)), (3, 2), (16, 3), 0, output.Address).ThrowIfFindings();
        uint[] result = output.ToArray();
        for (int thread = 0; thread < 48; thread++)
        {
            Assert.That(result[(4 * thread)..(4 * thread + 4)], Is.EqualTo(new[] { 5u, (uint)thread & 31, (1u << (thread & 31)) - 1, (uint)thread >> 5 }));
        }
    }
}
