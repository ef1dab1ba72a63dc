namespace DoRA.PtxMachine.Tests;

/// <summary>Loads, stores, atomic operations and calls in all state spaces.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class MemoryInstructionTests
{
    [Test]
    public void Narrow_and_vector_elements()
    {
        const string Body = """
            ld.param.u64 %rd1, [in]; ld.param.u64 %rd2, [out];
            mul.wide.u32 %rd3, %r0, 16; add.u64 %rd1, %rd1, %rd3; add.u64 %rd2, %rd2, %rd3;
            ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd1];
            ld.global.s8 %r8, [%rd1+3]; ld.global.u16 %r9, [%rd1+2]; ld.global.v2.u16 {%r10, %r11}, [%rd1+4];
            st.global.v2.b32 [%rd2], {%r7, %r8}; st.global.u16 [%rd2+8], %r9; st.global.u8 [%rd2+10], %r10; st.global.u8 [%rd2+11], 7; st.global.b32 [%rd2+12], %r11;
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> input = machine.Allocate([.. Enumerable.Range(0, 128).Select(i => 0x81000203u + (uint)i * 0x01010101u)]);
        using DriverBuffer<uint> output = machine.Allocate<uint>(128);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 in, .param .u64 out", Body)), 1, 32, 0, input.Address, output.Address).ThrowIfFindings();
        uint[] source = input.ToArray(), result = output.ToArray();
        for (int lane = 0; lane < 32; lane++)
        {
            uint x = source[4 * lane], y = source[4 * lane + 1];
            Assert.That(result[4 * lane], Is.EqualTo(source[4 * lane + 3]));
            Assert.That((int)result[4 * lane + 1], Is.EqualTo((sbyte)(x >> 24)));
            Assert.That(result[4 * lane + 2], Is.EqualTo(x >> 16 | (y & 255) << 16 | 7u << 24));
            Assert.That(result[4 * lane + 3], Is.EqualTo(y >> 16));
        }
    }

    [Test]
    public void Shared_static_dynamic_and_generic()
    {
        const string Body = """
            .shared .align 4 .b8 fixed[128];
            ld.param.u64 %rd1, [out]; mul.wide.u32 %rd2, %r0, 4; add.u64 %rd1, %rd1, %rd2;
            mov.u64 %rd3, fixed; add.u64 %rd3, %rd3, %rd2; mov.u32 %r4, open; shl.b32 %r5, %r0, 2; add.u32 %r4, %r4, %r5;
            st.shared.u32 [%rd3], %r0; add.u32 %r6, %r0, 1000; st.shared.u32 [%r4], %r6;
            cvta.shared.u64 %rd4, %rd3; ld.u32 %r7, [%rd4]; ld.shared.u32 %r8, [%r4];
            add.u32 %r9, %r7, %r8; mov.u32 %r10, %dynamic_smem_size; add.u32 %r9, %r9, %r10; st.global.u32 [%rd1], %r9;
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(32);
        MachineKernel kernel = machine.Load(PtxSource.Kernel(".param .u64 out", Body, ".extern .shared .align 16 .b8 open[];"));
        machine.Launch(kernel, 1, 32, 128, output.Address).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)(2 * i + 1128)).ToArray()));
        Assert.That(kernel.StaticSharedBytes, Is.EqualTo(128));
    }

    [Test]
    public void Local_constant_and_global_variables()
    {
        const string Body = """
            .local .align 4 .b8 mine[16];
            mov.u64 %rd3, mine; cvta.local.u64 %rd4, %rd3; st.local.u32 [mine+4], %r0; ld.u32 %r2, [%rd4+4];
            and.b32 %r3, %r0, 3; mul.wide.u32 %rd5, %r3, 4; mov.u64 %rd6, table; add.u64 %rd6, %rd6, %rd5; ld.const.u32 %r4, [%rd6];
            ld.global.u32 %r5, [scale]; mad.lo.u32 %r2, %r2, %r5, %r4;
            ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r0, 4, %rd1; st.global.u32 [%rd1], %r2;
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(32);
        const string Variables = ".const .align 4 .u32 table[4] = {10, 20, 0x1E, 40};\n.global .align 4 .u32 scale = 100;";
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", Body, Variables)), 1, 32, 0, output.Address).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)(100 * i + 10 * (i % 4 + 1))).ToArray()));
    }

    [Test]
    public void Calls_pass_structs_and_may_diverge_inside()
    {
        const string Function = """
            .func (.param .align 4 .b8 result[8]) mix(.param .align 4 .b8 pair[8], .param .b32 k) {
            .reg .b32 %r<8>; .reg .pred %p<2>;
            ld.param.u32 %r1, [pair]; ld.param.u32 %r2, [pair+4]; ld.param.u32 %r3, [k];
            setp.gt.u32 %p1, %r3, 10; @%p1 bra BIG;
            st.param.b32 [result], %r2; st.param.b32 [result+4], %r1; ret;
            BIG: add.u32 %r4, %r1, %r3; st.param.b32 [result], %r4; st.param.b32 [result+4], %r2; ret;
            }
            """;
        const string Body = """
            { .param .align 4 .b8 p0[8]; .param .b32 p1; .param .align 4 .b8 back[8];
            st.param.b32 [p0], 5; st.param.b32 [p0+4], 7; st.param.b32 [p1], %r0;
            call.uni (back), mix, (p0, p1); ld.param.b32 %r4, [back]; ld.param.b32 %r5, [back+4]; }
            mad.lo.u32 %r4, %r4, 1000, %r5;
            ld.param.u64 %rd1, [out]; mad.wide.u32 %rd1, %r0, 4, %rd1; st.global.u32 [%rd1], %r4;
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(32);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 out", Body, Function)), 1, 32, 0, output.Address).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(Enumerable.Range(0, 32).Select(i => i > 10 ? (uint)(5 + i) * 1000 + 7 : 7005u).ToArray()));
    }

    [TestCase("add.u32", 100u, 100u + 496)]
    [TestCase("max.s32", 5u, 31u)]
    [TestCase("min.u32", 5u, 0u)]
    [TestCase("or.b32", 0u, 31u)]
    [TestCase("inc.u32", 0u, 1u)]
    public void Atomic_operations(string operation, uint start, uint expected)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> cell = machine.Allocate([start]);
        string body = $"ld.param.u64 %rd1, [cell]; atom.global.{operation} %r2, [%rd1], %r0; red.global.add.u32 [%rd1], 0;";
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 cell", body)), 1, 32, 0, cell.Address).ThrowIfFindings();
        // inc with operands 0, 1, 2, …: 0 (0 >= 0), 1, 2, …, 31 -> each lane l >= 1 counts up from l - 1.
        Assert.That(cell.ToArray()[0], Is.EqualTo(operation.StartsWith("inc", StringComparison.Ordinal) ? 31u : expected));
    }

    [Test]
    public void Atomic_exchange_and_compare()
    {
        const string Body = """
            .shared .align 4 .b8 cell[8];
            setp.eq.u32 %p0, %r0, 0; @%p0 st.shared.v2.u32 [cell], {0, 0}; bar.sync 0;
            atom.shared.cas.b32 %r2, [cell], %r0, 77; atom.shared.add.f32 %f1, [cell+4], 0f3F000000; bar.sync 0;
            ld.shared.v2.u32 {%r3, %r4}, [cell]; ld.param.u64 %rd1, [out]; @%p0 st.global.v2.u32 [%rd1], {%r3, %r4};
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> output = machine.Allocate<uint>(2);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .align 8 .u64 out", Body)), 1, 64, 0, output.Address).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(new[] { 77u, BitConverter.SingleToUInt32Bits(32f) }));
    }
}
