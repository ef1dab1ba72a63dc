using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives.TensorCore;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What docs/kernels/matmul.md promises of products by wgmma, as the PTX machine counts it.</summary>
public sealed class WarpgroupPromiseTests
{
    private const int Tile = TensorCoreProduct.TileSize, Warps = WarpgroupProduct.GroupSize / 32;

    private static readonly string[] Products = ["Forward", "Input gradient", "Weight gradient"];

    [Test]
    public void A_step_costs_what_it_must([ValueSource(nameof(Products))] string product)
    {
        const int shorter = 3, longer = 7;
        KernelCounts few = Run(product, shorter * WarpgroupProduct.StepDepth), many = Run(product, longer * WarpgroupProduct.StepDepth);
        long Step(InstructionClass kind) =>
            (many.Classes.GetValueOrDefault(kind) - few.Classes.GetValueOrDefault(kind)) / (longer - shorter);
        // Line sums: as many products again, of eight columns, with a fence, a closing and a wait of their own.
        int sums = product == "Weight gradient" ? 1 : 0;
        Assert.Multiple(() =>
        {
            Assert.That(Step(InstructionClass.TensorCore), Is.EqualTo(Warps * 4 * (1 + sums)));
            Assert.That(many.WarpgroupTensorOperations - few.WarpgroupTensorOperations,
                Is.EqualTo(2L * Tile * (Tile + (8 * sums)) * (longer - shorter) * WarpgroupProduct.StepDepth));
            Assert.That(many.HalfTensorOperations, Is.Zero);
            // Eight copies, their closing and the wait for others.
            Assert.That(Step(InstructionClass.AsyncCopy), Is.EqualTo(Warps * 10));
            Assert.That(Step(InstructionClass.Barrier), Is.EqualTo(Warps));
            // To the tensor cores' way to shared memory; of the sums; closing; waiting.
            Assert.That(Step(InstructionClass.Fence), Is.EqualTo(Warps * (4 + (3 * sums))));
            Assert.That(Step(InstructionClass.LoadGlobal) + Step(InstructionClass.LoadShared) + Step(InstructionClass.StoreShared)
                + Step(InstructionClass.LoadMatrix), Is.Zero);
            Assert.That(many.SharedPasses, Is.EqualTo(many.IdealSharedPasses), "bank conflicts");
            Assert.That(many.IdealGlobalSectors >= 0.9 * many.GlobalSectors, $"{many.IdealGlobalSectors} of {many.GlobalSectors} sectors");
            Assert.That(many.DivergentBranches, Is.EqualTo(few.DivergentBranches));
            long slots = (many.IssueSlots - few.IssueSlots) / (longer - shorter);
            TestContext.Out.WriteLine($"A warp: {slots / Warps} instructions a step, {Step(InstructionClass.Integer) / Warps} of them integer, and "
                + $"{(few.IssueSlots - (shorter * slots)) / Warps} outside; a group: {(many.SharedPasses - few.SharedPasses) / (longer - shorter)} passes a step");
        });
    }

    [Test]
    public void Two_groups_share_a_multiprocessor_and_no_product_is_serialised()
    {
        // 228 KB of a multiprocessor of compute capability 9.0, of which the driver takes 1 KB a group.
        Assert.That(2 * (WarpgroupProduct.SharedBytes + 1024), Is.LessThanOrEqualTo(228 * 1024));
        foreach (CudaKernel kernel in Kernels())
        {
            AssemblerReport? report = Ptxas.Assemble(kernel.Compile().Ptx);
            if (report is null)
            {
                Assert.Ignore("There is no ptxas on the path.");
            }

            TestContext.Out.WriteLine($"{kernel.Compile().Name}: {report}");
            Assert.That(report!.SpillBytes, Is.Zero, kernel.Name);
            Assert.That(report.Registers, Is.LessThanOrEqualTo(65536 / (2 * WarpgroupProduct.GroupSize)), kernel.Name);
            // C75xx: products that wait for one another.
            Assert.That(report.Warnings, Is.Empty, kernel.Name);
        }
    }

    [Test]
    public void Copies_are_begun_between_products_and_their_wait()
    {
        foreach (CudaKernel kernel in Kernels())
        {
            Assert.That(kernel.Compile().Ptx, Does.Match(@"(?s)bar\.sync\s+0;(?:(?!bar\.sync).)*mma_async(?:(?!wait_group\.sync).)*cp\.async\.commit_group"),
                kernel.Name);
        }
    }

    [TestCase("8.0", 64, false, false)]
    [TestCase("8.6", 64, false, false)]
    [TestCase("9.0", 64, false, true)]
    [TestCase("9.0", 64, true, false, Description = "Factors along k are multiplied in registers.")]
    [TestCase("9.0", 61, false, false, Description = "Rows begin at any address.")]
    [TestCase("10.0", 64, false, false)]
    [TestCase("12.0", 64, false, false)]
    public void Cards_that_have_it_take_it_where_operands_are_read_as_they_are(string capability, int width, bool isScaled, bool isTaken)
    {
        using CudaBench bench = CudaBench.OnMachine(new() { ComputeCapability = new(capability) }, ElementType.BFloat16);
        TestNumbers numbers = new(4);
        bench.Device.Kernels.Linear.BackwardInput(new(bench.UndefinedActivations(8 * width), width), bench.Activations(numbers.Uniform(8 * width)),
            bench.Activations(numbers.Uniform(width * width)), new(8, width, width),
            new() { ColumnScale = isScaled ? bench.Upload(numbers.Uniform(width)) : default });
        Assert.That(bench.Launches.Single().Counts.WarpgroupTensorOperations > 0, Is.EqualTo(isTaken));
    }

    /// <summary>A product of one tile.</summary>
    private static KernelCounts Run(string product, int depth)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(depth);
        LinearKernels linear = bench.Device.Kernels.Linear;
        DeviceSpan left = bench.Activations(numbers.Uniform(Tile * depth)), right = bench.Activations(numbers.Uniform(Tile * depth));
        switch (product)
        {
            case "Forward":
                linear.Forward(bench.UndefinedActivations(Tile * Tile), new(left, depth), right, new(Tile, depth, Tile),
                    new() { Bias = bench.Upload(numbers.Uniform(Tile)), Residual = bench.Activations(numbers.Uniform(Tile * Tile)) });
                break;
            case "Input gradient":
                linear.BackwardInput(new(bench.UndefinedActivations(Tile * Tile), Tile), left, right, new(Tile, Tile, depth), default);
                break;
            default:
                linear.BackwardWeight(bench.Undefined(Tile * Tile), bench.Undefined(Tile), left, new(right, Tile), new(depth, Tile, Tile), default);
                break;
        }

        return bench.Launches.Single().Counts;
    }

    private static CudaKernel[] Kernels()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        CudaKernel[] kernels = [.. CompiledKernelTests.Kernels(bench.Device.Kernels.Linear)
            .Where(kernel => kernel.Compile().Ptx.Contains("wgmma.", StringComparison.Ordinal))];
        Assert.That(kernels, Has.Length.EqualTo(Products.Length));
        return kernels;
    }
}
