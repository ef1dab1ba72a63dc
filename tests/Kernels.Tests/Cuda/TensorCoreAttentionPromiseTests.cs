using DoRA.Kernels.Attention;
using DoRA.Kernels.Primitives;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What docs/kernels/attention.md promises of attention on tensor cores, as the PTX machine counts it.</summary>
public sealed class TensorCoreAttentionPromiseTests
{
    private const int HeadDim = 64, Forward = 0, Query = 1, Key = 2;

    /// <summary>Bytes of a multiprocessor's shared memory of compute capability 9.0, of which the driver takes 1 KB a group.</summary>
    private const int MultiprocessorBytes = 228 * 1024;

    // Per warp and block of 32 rows: products of 16 x 32 x 64 are 16 instructions and want 8 ldmatrix. Two, three and four of them. Copies: a
    // warp's eight rows of one matrix (four warps: of both), the closing and the wait; a quarter of the terms. Exponentials: 16, and forward's
    // two for what was summed before.
    [TestCase(Forward, 32, 16, 4, 18, 241)]
    [TestCase(Query, 48, 24, 4, 16, 200)]
    [TestCase(Key, 64, 32, 6.25, 16, 277)]
    public void A_block_costs_what_it_must(int kernel, int tensor, int loads, double copies, int exponentials, int instructions)
    {
        const int warps = 8, shorter = 4, longer = 8;
        int own = 16 * warps, few = shorter * HeadRing.BlockRows, many = longer * HeadRing.BlockRows;
        KernelCounts less = Run(kernel == Key ? few : own, kernel == Key ? own : few)[kernel].Counts,
            more = Run(kernel == Key ? many : own, kernel == Key ? own : many)[kernel].Counts;
        double Block(InstructionClass kind) =>
            (double)(more.Classes.GetValueOrDefault(kind) - less.Classes.GetValueOrDefault(kind)) / (warps * (longer - shorter));
        Assert.Multiple(() =>
        {
            Assert.That(Block(InstructionClass.TensorCore), Is.EqualTo(tensor));
            Assert.That(Block(InstructionClass.LoadMatrix), Is.EqualTo(loads));
            Assert.That(Block(InstructionClass.AsyncCopy), Is.EqualTo(copies));
            Assert.That(Block(InstructionClass.Special), Is.EqualTo(exponentials));
            Assert.That(Block(InstructionClass.Barrier), Is.EqualTo(1));
            Assert.That(Block(InstructionClass.LoadGlobal) + Block(InstructionClass.StoreShared), Is.Zero);
            Assert.That((double)(more.IssueSlots - less.IssueSlots) / (warps * (longer - shorter)), Is.LessThanOrEqualTo(instructions));
            Assert.That(more.DivergentBranches, Is.EqualTo(less.DivergentBranches));
        });
    }

    [TestCase(37)]
    [TestCase(197)]
    public void Nothing_but_rows_and_their_statistics_moves_in_whole_sectors_and_without_bank_conflicts(int tokens)
    {
        IReadOnlyList<LaunchReport> launches = Run(tokens, tokens, withCls: true);
        Assert.That(launches, Has.Count.EqualTo(3), "one launch forward, two backward");
        foreach (LaunchReport launch in launches)
        {
            KernelCounts counts = launch.Counts;
            Assert.That(counts.IdealGlobalSectors >= 0.95 * counts.GlobalSectors, launch.ToText(Card.H200));
            Assert.That(counts.SharedPasses, Is.EqualTo(counts.IdealSharedPasses), launch.ToText(Card.H200));
        }

        // Rows of 128 bytes and a number, or two, a row; whole sectors are counted.
        long rows = tokens * HeadDim * sizeof(ushort), numbers = (tokens * sizeof(float)) + 64;
        Assert.That(launches[Forward].Counts.DistinctReadBytes, Is.EqualTo(3 * rows));
        Assert.That(launches[Forward].Counts.DistinctWrittenBytes, Is.InRange(rows, rows + (2 * numbers)));
        Assert.That(launches[Query].Counts.DistinctReadBytes, Is.InRange(5 * rows, (5 * rows) + numbers));
        Assert.That(launches[Query].Counts.DistinctWrittenBytes, Is.InRange(rows, rows + (2 * numbers)));
        Assert.That(launches[Key].Counts.DistinctReadBytes, Is.InRange(4 * rows, (4 * rows) + (2 * numbers)));
        Assert.That(launches[Key].Counts.DistinctWrittenBytes, Is.EqualTo(2 * rows));
    }

    [Test]
    public void Rows_move_sixteen_bytes_at_a_time()
    {
        foreach (CudaKernel kernel in Kernels())
        {
            string text = kernel.Compile().Ptx;
            text = text[text.IndexOf(".entry", StringComparison.Ordinal)..];
            Assert.That(text, Does.Contain("st.global.v4"), kernel.Name);
            Assert.That(text, Does.Contain("cp.async.cg.shared.global"), kernel.Name);
            Assert.That(text, Does.Contain("ldmatrix.sync.aligned.m8n8.x4.trans"), kernel.Name);
            Assert.That(text, Does.Not.Match(@"(ld|st)\.global\.\w*16"), $"{kernel.Name}: single elements");
        }
    }

    [TestCase(10, 1)]
    [TestCase(37, 3)]
    [TestCase(50, 4)]
    [TestCase(197, 7)]
    [TestCase(1025, 8)]
    public void Groups_have_as_few_warps_as_rows_need(int tokens, int warps)
    {
        IReadOnlyList<LaunchReport> launches = Run(tokens, tokens);
        Assert.That(launches[Forward].Group.Count, Is.EqualTo(32 * warps));
        int idle = (launches[Forward].Grid.Y * warps) - ((tokens + 15) / 16);
        Assert.That(idle, Is.InRange(0, launches[Forward].Grid.Y - 1));
    }

    // Groups a multiprocessor that registers allow (the other test), at the tokens of 224 pixels and at the most.
    [TestCase(197, 2, 2, 3)]
    [TestCase(1025, 2, 2, 3)]
    public void Shared_memory_allows_as_many_groups_as_registers(int tokens, params int[] groups)
    {
        IReadOnlyList<LaunchReport> launches = Run(tokens, tokens);
        for (int kernel = 0; kernel < groups.Length; kernel++)
        {
            Assert.That(groups[kernel] * (launches[kernel].DynamicSharedBytes + 1024), Is.LessThanOrEqualTo(MultiprocessorBytes));
        }
    }

    [Test]
    public void Registers_hold_the_groups_without_spills()
    {
        Dictionary<string, (int Warps, int Groups)> promised = new()
        {
            ["TensorCoreAttentionForward.Attend"] = (TensorCoreAttentionForward.Warps, 2),
            ["TensorCoreAttentionBackward.QueryGradient"] = (TensorCoreAttentionBackward.QueryWarps, 2),
            ["TensorCoreAttentionBackward.KeyValueGradient"] = (TensorCoreAttentionBackward.KeyWarps, 3),
        };
        foreach (CudaKernel kernel in Kernels())
        {
            AssemblerReport? report = Ptxas.Assemble(kernel.Compile().Ptx);
            if (report is null)
            {
                Assert.Ignore("There is no ptxas on the path.");
            }

            // 65,536 registers of a multiprocessor, dealt out to warps in eights a thread.
            (int warps, int groups) = promised[kernel.Name];
            Assert.That(report!.SpillBytes, Is.Zero, kernel.Name);
            Assert.That(report.Registers, Is.LessThanOrEqualTo(65536 / (groups * warps * CudaWarp.Lanes) / 8 * 8), kernel.Name);
        }
    }

    [TestCase(32, 96, 0)]
    [TestCase(64, 200, 4)]
    [TestCase(64, 192, 3)]
    public void Other_heads_and_odd_addresses_go_through_the_general_kernels(int headDim, int stride, int start)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(headDim);
        AttentionSize size = new(1, 5, 5, 1, headDim);
        DeviceSpan packed = bench.Activations(numbers.Uniform((5 * stride) + start)).Slice(start),
            output = bench.UndefinedActivations(5 * headDim), logSumExp = bench.Undefined(5);
        RowSpan Part(int part) => new(packed.Slice(part * headDim), stride);
        bench.Device.Kernels.Attention.Forward(output, logSumExp, default, Part(0), Part(1), Part(2), size);
        bench.Device.Kernels.Attention.Backward(Part(0), Part(1), Part(2), output, output, logSumExp, Part(0), Part(1), Part(2), size);
        Assert.That(bench.Launches.Select(launch => launch.Counts.TensorInstructions), Is.All.Zero);
    }

    private static IReadOnlyList<LaunchReport> Run(int queries, int tokens, bool withCls = false)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(queries + tokens);
        RowSpan Rows(int rows) => new(bench.Activations(numbers.Uniform(rows * HeadDim)), HeadDim);
        RowSpan Undefined(int rows) => new(bench.UndefinedActivations(rows * HeadDim), HeadDim);
        AttentionSize size = new(1, queries, tokens, 1, HeadDim);
        RowSpan query = Rows(queries), key = Rows(tokens), value = Rows(tokens);
        DeviceSpan output = Undefined(queries).Span, logSumExp = bench.Undefined(queries);
        AttentionKernels attention = bench.Device.Kernels.Attention;
        attention.Forward(output, logSumExp, withCls ? bench.Undefined(tokens) : default, query, key, value, size);
        attention.Backward(Undefined(queries), Undefined(tokens), Undefined(tokens), Rows(queries).Span, output, logSumExp, query, key, value,
            size);
        return bench.Launches;
    }

    private static IEnumerable<CudaKernel> Kernels()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        return [.. CompiledKernelTests.Kernels(bench.Device.Kernels.Attention)
            .Where(kernel => kernel.Name.StartsWith("TensorCore", StringComparison.Ordinal))];
    }
}
