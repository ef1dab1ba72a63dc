using DoRA.Kernels.Linear;
using DoRA.Kernels.PatchEmbedding;
using DoRA.Kernels.Primitives.TensorCore;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What docs/kernels/matmul.md promises of products on tensor cores, as the PTX machine counts it.</summary>
public sealed class TensorCorePromiseTests
{
    private const int Tile = TensorCoreProduct.TileSize, Warps = TensorCoreProduct.GroupSize / 32;

    /// <summary>Without wgmma (<see cref="WarpgroupPromiseTests"/>).</summary>
    private static readonly MachineOptions Card = new() { ComputeCapability = new(8, 0) };

    private delegate void Product(CudaBench bench, TestNumbers numbers, int depth);

    private static IEnumerable<TestCaseData> Products()
    {
        // Extra tensor instructions a step: the line sums, by two of four warps. Extra copies: one warp's factors.
        yield return new TestCaseData((Product)((bench, numbers, depth) => bench.Device.Kernels.Linear.Forward(
            bench.UndefinedActivations(Tile * Tile), new(bench.Activations(numbers.Uniform(Tile * depth)), depth),
            bench.Activations(numbers.Uniform(Tile * depth)), new(Tile, depth, Tile),
            new() { Bias = bench.Upload(numbers.Uniform(Tile)), Residual = bench.Activations(numbers.Uniform(Tile * Tile)) })), 0, 0)
            .SetName("Forward");
        yield return new TestCaseData((Product)((bench, numbers, depth) => bench.Device.Kernels.Linear.BackwardInput(
            new(bench.UndefinedActivations(Tile * Tile), Tile), bench.Activations(numbers.Uniform(Tile * depth)),
            bench.Activations(numbers.Uniform(Tile * depth)), new(Tile, Tile, depth), default)), 0, 0)
            .SetName("Input gradient");
        yield return new TestCaseData((Product)((bench, numbers, depth) => bench.Device.Kernels.Linear.BackwardWeight(
            bench.Undefined(Tile * Tile), bench.Undefined(Tile), bench.Activations(numbers.Uniform(Tile * depth)),
            new(bench.Activations(numbers.Uniform(Tile * depth)), Tile), new(depth, Tile, Tile),
            new() { RowScale = bench.Upload(numbers.Uniform(depth)), RowsPerScale = 1 })), 2 * 8, 1)
            .SetName("Weight gradient");
    }

    [TestCaseSource(nameof(Products))]
    public void A_step_costs_what_it_must(object product, int extraTensor, int extraCopies)
    {
        const int shorter = 3, longer = 6;
        KernelCounts few = Count((Product)product, shorter * TensorCoreProduct.StepDepth);
        KernelCounts many = Count((Product)product, longer * TensorCoreProduct.StepDepth);
        long Step(InstructionClass kind) =>
            (many.Classes.GetValueOrDefault(kind) - few.Classes.GetValueOrDefault(kind)) / (longer - shorter);
        Assert.Multiple(() =>
        {
            Assert.That(Step(InstructionClass.TensorCore), Is.EqualTo((Warps * 64) + extraTensor));
            Assert.That(Step(InstructionClass.LoadMatrix), Is.EqualTo(Warps * 16));
            // Eight copies, their closing and the wait for others.
            Assert.That(Step(InstructionClass.AsyncCopy), Is.EqualTo((Warps * 10) + extraCopies));
            Assert.That(Step(InstructionClass.Barrier), Is.EqualTo(Warps));
            Assert.That(Step(InstructionClass.LoadGlobal) + Step(InstructionClass.StoreShared), Is.Zero);
            Assert.That(many.SharedPasses, Is.EqualTo(many.IdealSharedPasses), "bank conflicts");
            Assert.That(many.IdealGlobalSectors >= 0.9 * many.GlobalSectors, $"{many.IdealGlobalSectors} of {many.GlobalSectors} sectors");
            Assert.That(many.DivergentBranches, Is.EqualTo(few.DivergentBranches));
        });
    }

    [Test]
    public void Patches_fill_sectors_and_banks()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(3);
        PatchEmbeddingSize size = new(2, 128, 128, 16, 128);
        DeviceSpan images = bench.Upload(numbers.Uniform(2 * 3 * 128 * 128)), embeddings = bench.Activations(numbers.Uniform(128 * 128));
        PatchEmbeddingKernels patches = bench.Device.Kernels.PatchEmbedding;
        patches.Forward(embeddings, images, bench.Activations(numbers.Uniform(128 * 768)), bench.Upload(numbers.Uniform(128)), size);
        patches.Backward(bench.Undefined(128 * 768), bench.Undefined(128), embeddings, images, size, false);
        Assert.That(bench.Launches, Has.Count.EqualTo(2));
        foreach (KernelCounts counts in bench.Launches.Select(launch => launch.Counts))
        {
            Assert.That(counts.SharedPasses, Is.EqualTo(counts.IdealSharedPasses));
            Assert.That(counts.IdealGlobalSectors >= 0.9 * counts.GlobalSectors, $"{counts.IdealGlobalSectors} of {counts.GlobalSectors}");
        }
    }

    [Test]
    public void Three_groups_share_a_multiprocessor_s_memory()
    {
        // 228 KB of a multiprocessor of compute capability 9.0, of which the driver takes 1 KB a group.
        Assert.That(3 * (TensorCoreProduct.SharedBytes + 1024), Is.LessThanOrEqualTo(228 * 1024));
    }

    [Test]
    public void Registers_hold_three_groups_of_forward_and_two_of_the_others_without_spills()
    {
        foreach (CudaKernel kernel in Kernels())
        {
            AssemblerReport? report = Ptxas.Assemble(kernel.Compile().Ptx);
            if (report is null)
            {
                Assert.Ignore("There is no ptxas on the path.");
            }

            Assert.That(report!.SpillBytes, Is.Zero, kernel.Name);

            // 65,536 registers of a multiprocessor over groups of 128 threads, dealt out in eights. Three would be better for the gradients
            // too; at 168 registers they spill (docs/kernels/matmul.md).
            int groups = kernel.Name == "TensorCoreLinear.Product" ? 3 : 2;
            Assert.That(report.Registers, Is.LessThanOrEqualTo(65536 / (groups * 128) / 8 * 8), kernel.Name);
        }
    }

    [Test]
    public void No_kernel_needs_local_memory_or_atomics()
    {
        foreach (CudaKernel kernel in Kernels())
        {
            string text = kernel.Compile().Ptx;
            Assert.That(text, Does.Not.Contain(".local"), $"{kernel.Name}: an array or struct that fits no register");
            Assert.That(text, Does.Not.Match(@"\b(atom|red)\."), $"{kernel.Name}: sums that depend on the order of groups");
        }
    }

    [TestCase(72, 2048, 2048)]
    [TestCase(384, 384, 75648)]
    [TestCase(128, 256, 65536)]
    [TestCase(1, 1, 1)]
    [TestCase(75648, 384, 1536)]
    [TestCase(5, 7, 0)]
    public void Parts_cover_k_and_fill_a_card(int rows, int columns, int depth)
    {
        ProductShape shape = ProductShape.Of(rows, columns, depth);
        Assert.That((shape.Parts - 1) * shape.PartDepth, Is.LessThanOrEqualTo(depth));
        Assert.That(shape.Parts * shape.PartDepth, Is.GreaterThanOrEqualTo(depth));
        Assert.That(shape.PartDepth % WarpgroupProduct.StepDepth, Is.Zero);
        int tiles = shape.Grid.X * shape.Grid.Y;
        // A group for each of an H100's multiprocessors, or parts of less than twice the least length.
        Assert.That(tiles * shape.Parts >= 132 || shape.PartDepth < 32 * TensorCoreProduct.StepDepth, $"{shape.Grid}");
    }

    [Test]
    public void A_product_is_one_launch_and_one_more_where_k_is_cut()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(1);
        void Forward(int inputs) => bench.Device.Kernels.Linear.Forward(bench.UndefinedActivations(64),
            new(bench.Activations(numbers.Uniform(8 * inputs)), inputs), bench.Activations(numbers.Uniform(8 * inputs)),
            new(8, inputs, 8), default);
        Forward(992);
        Assert.That(bench.Launches, Has.Count.EqualTo(1));
        Forward(1024);
        Assert.That(bench.Launches, Has.Count.EqualTo(3));
    }

    [Test]
    public void Rows_at_odd_addresses_are_read_element_by_element()
    {
        CudaBench.Compare(
            ElementType.BFloat16,
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(2);
                DeviceSpan y = bench.UndefinedActivations(40 * 16);
                op.Forward(y, new(bench.Activations(numbers.Uniform((40 * 32) + 3)).Slice(3), 32),
                    bench.Activations(numbers.Uniform(16 * 32)), new(40, 32, 16), default);
                return [bench.Download(y)];
            },
            2 * (32 + 8) * Agreement.Rounding * 32);
    }

    [Test]
    public void Other_types_are_refused()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        LinearKernels linear = bench.Device.Kernels.Linear;
        DeviceSpan half = bench.UndefinedActivations(64), single = bench.Undefined(64);
        LinearSize size = new(8, 8, 8);
        Assert.That(() => linear.Forward(half, new(half, 8), single, size, default),
            Throws.ArgumentException.With.Message.Contains("weight as BFloat16"));
        Assert.That(() => linear.Forward(half, new(half, 8), half, size, new() { Bias = half }),
            Throws.ArgumentException.With.Message.Contains("bias as Float32"));
        Assert.That(() => linear.BackwardInput(new(half, 8), half, half, size, new() { Accumulate = true, InputPreactivation = half }),
            Throws.ArgumentException);
        Assert.That(() => linear.BackwardWeight(half, default, half, new(half, 8), size, default), Throws.ArgumentException);
        Assert.That(() => bench.Device.Kernels.PatchEmbedding.Forward(half, half, half, default, new(1, 8, 8, 8, 1)),
            Throws.ArgumentException);
        Assert.That(bench.Launches, Is.Empty);
    }

    private static KernelCounts Count(Product product, int depth)
    {
        using CudaBench bench = CudaBench.OnMachine(Card, ElementType.BFloat16);
        product(bench, new(depth), depth);
        return bench.Launches.Single().Counts;
    }

    private static IEnumerable<CudaKernel> Kernels()
    {
        using CudaBench bench = CudaBench.OnMachine(Card, ElementType.BFloat16);
        object[] engines = [bench.Device.Kernels.Linear, bench.Device.Kernels.PatchEmbedding];
        return [.. engines.SelectMany(CompiledKernelTests.Kernels)];
    }
}
