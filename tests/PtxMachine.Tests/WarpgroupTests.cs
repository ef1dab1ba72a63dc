using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Tests;

/// <summary>
/// wgmma: the shared memory layouts and fragments of the PTX manual ("Canonical Layouts", "Matrix Fragments for wgmma.mma_async.m64nNk16"),
/// written down here once more; and a pipelined product, right and with each of its safeguards taken away.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class WarpgroupTests
{
    private const string Declarations = ".reg .f32 %d<128>; .shared .align 1024 .b8 tile[65536];";

    [Test]
    public void Products_use_the_manuals_layouts([Values(0, 1, 2, 3)] int swizzle, [Values] bool isTransposedA, [Values] bool isTransposedB) =>
        Multiply(new(swizzle, isTransposedA), new(swizzle, isTransposedB), 24, "bf16", "1, 1", isAdded: true, step: 0);

    [TestCase(8, "bf16", "-1, 1", true, 1)]
    [TestCase(256, "bf16", "-1, -1", false, 3)]
    [TestCase(64, "f16", "1, -1", true, 2)]
    public void Products_of_all_widths_types_and_signs(int columns, string type, string signs, bool isAdded, int step) =>
        Multiply(new(1, false), new(1, false), columns, type, signs, isAdded, step);

    [TestCase(128)]
    [TestCase(192)]
    [TestCase(576)]
    public void A_pipelined_product_is_right_and_clean(int depth)
    {
        (LaunchReport report, double error) = Run(Pipeline, depth);
        Assert.That(report.Findings, Is.Empty);
        // Sums of k products of numbers in [-1, 1], each addition rounded once: k 2^-24 times the largest possible sum k.
        Assert.That(error <= depth * (double)depth * Math.ScaleB(1, -24), $"error {error}");
        KernelCounts counts = report.Counts;
        Assert.That(counts.WarpgroupTensorOperations, Is.EqualTo(2L * 64 * 64 * depth));
        // The swizzle leaves no bank conflicts. A product reads 16 k of 64 rows on either side: 32 chunks of 16 bytes each, 8 in a pass.
        Assert.That(counts.SharedPasses, Is.EqualTo(counts.IdealSharedPasses));
        long passes = counts.SharedLines.Where(line => line.Text.StartsWith("wgmma", StringComparison.Ordinal)).Sum(line => line.Pieces);
        Assert.That(passes, Is.EqualTo(depth / 16 * 2 * 16));
    }

    [TestCase("wgmma.wait_group.sync.aligned 0;", "", FindingKind.ProductNotAwaited)]
    [TestCase("wgmma.commit_group.sync.aligned;", "", FindingKind.ProductNotAwaited)]
    [TestCase("mov.f32 %d5, %d5;", "mov.f32 %d5, %d6;", FindingKind.ProductNotAwaited)]
    [TestCase("mov.f32 %d5, %d5;", "mov.f32 %d5, 0f00000000;", FindingKind.ProductNotAwaited)]
    [TestCase("wgmma.fence.sync.aligned;", "", FindingKind.WarpgroupFenceMissing)]
    [TestCase("wgmma.fence.sync.aligned;", "wgmma.fence.sync.aligned; mov.f32 %d5, 0f3F800000;", FindingKind.WarpgroupFenceMissing)]
    [TestCase("fence.proxy.async;", "", FindingKind.ProxyFenceMissing)]
    [TestCase("bar.sync 0;", "", FindingKind.SharedRace)]
    [TestCase("wait_group.sync.aligned 1;", "wait_group.sync.aligned 3;", FindingKind.SharedRace)]
    [TestCase("cp.async.wait_group 1;", "cp.async.wait_group 2;", FindingKind.AsyncCopyNotAwaited)]
    [TestCase("wgmma.commit_group", "setp.lt.u32 %p2, %r0, 96; @%p2 wgmma.commit_group", FindingKind.PartialWarpgroup)]
    [TestCase("add.u64 %rd9, %rd8, 512;", "add.u64 %rd9, %rd8, 512; setp.lt.u32 %p2, %r0, 32; @%p2 add.u64 %rd9, %rd9, 2;", FindingKind.PartialWarpgroup)]
    [TestCase("add.u64 %rd9, %rd8, 512;", "add.u64 %rd9, %rd8, 16000;", FindingKind.OutOfBounds)]
    public void Damage_is_found(string good, string bad, FindingKind kind)
    {
        string damaged = Pipeline.Replace(good, bad, StringComparison.Ordinal);
        Assert.That(damaged != Pipeline, "the text to damage is not there");
        Assert.That(Run(damaged, 576).Report.Findings.Select(finding => finding.Kind), Does.Contain(kind));
    }

    [TestCase("mbarrier.init.shared::cta.b64 [%r0], 1;")]
    [TestCase("cp.async.bulk.commit_group;")]
    [TestCase("barrier.cluster.arrive;")]
    [TestCase("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0,%f1,%f2,%f3}, {%r0,%r1,%r2,%r3}, %rd1, 1, 1, 1, 0;")]
    public void What_is_not_supported_is_named_with_its_line(string instruction)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        PtxException exception = Assert.Throws<PtxException>(() => machine.Load(PtxSource.Kernel("", instruction)))!;
        Assert.That(exception.Message, Does.Contain("not supported").And.Contain(instruction[..^1]));
    }

    // C[64, 64] = A[64, k] B[64, k]^T in bf16: one warpgroup, k in tiles of 64 with the 128-byte swizzle, a ring of four tiles filled two
    // ahead, and one group of products left under way.
    internal static string Pipeline { get; } = PtxSource.Kernel(".param .u64 a, .param .u64 b, .param .u64 c, .param .u32 k", $$"""
        {{Declarations}}
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; ld.param.u64 %rd3, [c]; ld.param.u32 %r2, [k];
        shr.u32 %r3, %r0, 3; and.b32 %r4, %r0, 7;
        and.b32 %r5, %r3, 7; xor.b32 %r5, %r5, %r4; shl.b32 %r5, %r5, 4; shl.b32 %r6, %r3, 7; add.u32 %r5, %r5, %r6;
        mov.u32 %r6, tile; add.u32 %r5, %r5, %r6;
        mul.lo.u32 %r7, %r3, %r2; shl.b32 %r8, %r4, 3; add.u32 %r7, %r7, %r8; mul.wide.u32 %rd4, %r7, 2;
        add.u64 %rd1, %rd1, %rd4; add.u64 %rd2, %rd2, %rd4;
        shl.b32 %r8, %r2, 5; cvt.u64.u32 %rd5, %r8; shr.u32 %r9, %r2, 6;
        {{Load("0")}} cp.async.commit_group; {{Load("16384")}} cp.async.commit_group;
        mov.u32 %r12, 0; mov.u32 %r13, 0; mov.u32 %r14, 32768;
        {{Each(32, i => $"mov.f32 %d{i}, 0f00000000;")}}
        LOOP: setp.ge.u32 %p0, %r12, %r9; @%p0 bra END;
        cp.async.wait_group 1; fence.proxy.async; bar.sync 0;
        add.u32 %r15, %r12, 2; setp.ge.u32 %p1, %r15, %r9; @%p1 bra SKIP;
        {{Load("%r14")}}
        SKIP: cp.async.commit_group;
        add.u32 %r16, %r6, %r13; shr.u32 %r16, %r16, 4; and.b32 %r16, %r16, 16383; cvt.u64.u32 %rd7, %r16;
        or.b64 %rd7, %rd7, 0x4000004000010000;
        wgmma.fence.sync.aligned;
        {{Each(4, step => $"add.u64 %rd8, %rd7, {2 * step}; add.u64 %rd9, %rd8, 512; {Product(64, "bf16", "%rd8, %rd9, 1, 1, 1, 0, 0")}")}}
        wgmma.commit_group.sync.aligned;
        wgmma.wait_group.sync.aligned 1;
        {{Each(32, i => $"mov.f32 %d{i}, %d{i};")}}
        add.u32 %r13, %r13, 16384; and.b32 %r13, %r13, 65535; add.u32 %r14, %r14, 16384; and.b32 %r14, %r14, 65535;
        add.u32 %r12, %r12, 1; bra LOOP;
        END: wgmma.wait_group.sync.aligned 0;
        shr.u32 %r17, %r0, 5; shl.b32 %r17, %r17, 4; and.b32 %r18, %r0, 31; shr.u32 %r19, %r18, 2; add.u32 %r17, %r17, %r19;
        shl.b32 %r17, %r17, 6; and.b32 %r18, %r18, 3; shl.b32 %r18, %r18, 1; add.u32 %r17, %r17, %r18;
        mad.wide.u32 %rd10, %r17, 4, %rd3;
        {{Each(16, i => $"st.global.v2.f32 [%rd10+{(i / 2 * 32) + (i % 2 * 8 * 64 * 4)}], {{%d{2 * i}, %d{(2 * i) + 1}}};")}}
        """);

    private static string Load(string stage) => $$"""
        add.u32 %r11, %r5, {{stage}};
        mov.u64 %rd6, %rd1; {{Each(4, part => $"cp.async.cg.shared.global [%r11+{2048 * part}], [%rd6], 16; add.u64 %rd6, %rd6, %rd5;")}}
        mov.u64 %rd6, %rd2; {{Each(4, part => $"cp.async.cg.shared.global [%r11+{8192 + (2048 * part)}], [%rd6], 16; add.u64 %rd6, %rd6, %rd5;")}}
        add.u64 %rd1, %rd1, 128; add.u64 %rd2, %rd2, 128;
        """;

    private static string Product(int columns, string type, string operands) =>
        $"wgmma.mma_async.sync.aligned.m64n{columns}k16.f32.{type}.{type} {{{string.Join(", ", Enumerable.Range(0, columns / 2).Select(i => $"%d{i}"))}}}, {operands};\n";

    private static string Each(int count, Func<int, string> text) => string.Join('\n', Enumerable.Range(0, count).Select(text));

    private static (LaunchReport Report, double Error) Run(string ptx, int depth)
    {
        Random random = new(depth);
        float[] a = Numbers(random, 64 * depth), b = Numbers(random, 64 * depth);
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22 });
        using DriverBuffer<ushort> deviceA = machine.Allocate(Array.ConvertAll(a, value => Bits("bf16", value)), "A");
        using DriverBuffer<ushort> deviceB = machine.Allocate(Array.ConvertAll(b, value => Bits("bf16", value)), "B");
        using DriverBuffer<float> deviceC = machine.Allocate<float>(64 * 64, "C");
        LaunchReport report = machine.Launch(machine.Load(ptx), 1, 128, 0, deviceA.Address, deviceB.Address, deviceC.Address, depth);
        float[] c = deviceC.ToArray();
        double error = 0;
        for (int i = 0; i < c.Length; i++)
        {
            double sum = 0;
            for (int p = 0; p < depth; p++) sum += (double)a[(i / 64 * depth) + p] * b[(i % 64 * depth) + p];
            error = Math.Max(error, Math.Abs(sum - c[i]));
        }
        return (report, error);
    }

    // One product of matrices that lie in shared memory at 0 and at 32 KB.
    private static void Multiply(Layout layoutA, Layout layoutB, int columns, string type, string signs, bool isAdded, int step)
    {
        Random random = new(columns);
        float[,] a = new float[64, 16], b = new float[columns, 16];
        ushort[] image = new ushort[32768];
        Place(a, layoutA, 0);
        Place(b, layoutB, 16384);
        string body = $$"""
            {{Declarations}}
            mov.u32 %r2, tile; ld.param.u64 %rd1, [in]; mad.wide.u32 %rd1, %r0, 16, %rd1; shl.b32 %r3, %r0, 4; add.u32 %r3, %r3, %r2;
            {{Each(32, i => $"ld.global.v4.b32 {{%r4, %r5, %r6, %r7}}, [%rd1+{2048 * i}]; st.shared.v4.b32 [%r3+{2048 * i}], {{%r4, %r5, %r6, %r7}};")}}
            fence.proxy.async.shared::cta; bar.sync 0;
            cvt.rn.f32.u32 %f0, %r0; {{Each(columns / 2, i => isAdded ? $"add.f32 %d{i}, %f0, 0f{BitConverter.SingleToUInt32Bits(i):X8};" : "")}}
            add.u32 %r8, %r2, {{32 * step}}; shr.u32 %r8, %r8, 4; cvt.u64.u32 %rd2, %r8;
            or.b64 %rd3, %rd2, {{layoutA.Descriptor}}; add.u64 %rd2, %rd2, 2048; or.b64 %rd4, %rd2, {{layoutB.Descriptor}};
            wgmma.fence.sync.aligned;
            {{Product(columns, type, $"%rd3, %rd4, {(isAdded ? 1 : 0)}, {signs}, {(layoutA.IsTransposed ? 1 : 0)}, {(layoutB.IsTransposed ? 1 : 0)}")}}
            wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;
            ld.param.u64 %rd5, [out]; mad.wide.u32 %rd5, %r0, {{2 * columns}}, %rd5;
            {{Each(columns / 2, i => $"st.global.f32 [%rd5+{4 * i}], %d{i};")}}
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<ushort> source = machine.Allocate(image);
        using DriverBuffer<float> output = machine.Allocate<float>(64 * columns);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 in, .param .u64 out", body)), 1, 128, 0, source.Address, output.Address)
            .ThrowIfFindings();
        float[] result = output.ToArray();
        float sign = signs.Split(", ").Aggregate(1f, (product, factor) => product * int.Parse(factor, System.Globalization.CultureInfo.InvariantCulture));
        for (int i = 0; i < result.Length; i++)
        {
            int thread = i / (columns / 2), element = i % (columns / 2), lane = thread % 32;
            int row = (16 * (thread / 32)) + (lane / 4) + (8 * (element / 2 % 2)), column = (8 * (element / 4)) + (2 * (lane % 4)) + (element % 2);
            double expected = isAdded ? thread + element : 0;
            for (int p = 0; p < 16; p++) expected += sign * a[row, p] * b[column, p];
            // All values are multiples of 1/64 below 2^9: products and sums are exact in single precision.
            Assert.That(result[i], Is.EqualTo((float)expected), $"thread {thread} register {element}");
        }

        void Place(float[,] matrix, Layout layout, int start)
        {
            for (int line = 0; line < matrix.GetLength(0); line++)
            {
                for (int k = 0; k < 16; k++)
                {
                    matrix[line, k] = random.Next(-16, 16) / 8f;
                    image[start + (layout.Byte(line, k + (16 * step)) / 2)] = Bits(type, matrix[line, k]);
                }
            }
        }
    }

    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((random.NextSingle() * 2) - 1) & 0xFFFF0000))];

    private static ushort Bits(string type, float value) =>
        type == "f16" ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    /// <summary>A canonical layout of the manual: swizzle 0 none, 1 of 128 bytes, 2 of 64, 3 of 32; transposed is MN-major.</summary>
    private readonly record struct Layout(int Swizzle, bool IsTransposed)
    {
        private int Width => Swizzle switch { 0 => 1, 1 => 8, 2 => 4, _ => 2 };

        // In elements. Without a swizzle the two dimensions' steps are 8 rows of 8 elements and twice that; else an atom is 8 rows of
        // 8 · Width, and the next one follows.
        private (int Leading, int Stride) Steps => (Swizzle, IsTransposed) switch
        {
            (0, _) => (64, 128),
            (_, false) => (8, 64 * Width),
            _ => (128 * Width, 64 * Width),
        };

        public string Descriptor => $"0x{((ulong)Swizzle << 62) | ((ulong)Steps.Stride * 2 >> 4 << 32) | ((ulong)Steps.Leading * 2 >> 4 << 16):X}";

        /// <summary>Where an element lies.</summary>
        public int Byte(int line, int k)
        {
            (int leading, int stride) = Steps;
            int element = (Swizzle, IsTransposed) switch
            {
                // ((8,m),(T,2k)):((1T,SBO),(1,LBO)) and, swizzled, ((8,m),(T,2k)):((width T,SBO),(1,T)).
                (_, false) => (line % 8 * 8 * Width) + (line / 8 * stride) + (k % 8) + (k / 8 * leading),
                // ((T,1,m),(8,k)):((1,T,SBO),(1T,LBO)).
                (0, true) => (line % 8) + (line / 8 * stride) + (k % 8 * 8) + (k / 8 * leading),
                // ((T,width,m),(8,k)):((1,T,LBO),(width T,SBO)).
                (_, true) => (line % (8 * Width)) + (line / (8 * Width) * leading) + (k % 8 * 8 * Width) + (k / 8 * stride),
            };
            int place = 2 * element;
            return place ^ ((place / 128 % Width) * 16);
        }
    }
}
