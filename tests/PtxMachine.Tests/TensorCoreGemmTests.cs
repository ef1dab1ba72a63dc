using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives.TensorCore;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;
using DoRA.PtxMachine.Tests.TestKernels;

namespace DoRA.PtxMachine.Tests;

/// <summary>A tensor-core product with asynchronous copies, compiled by ILGPU: right, without findings, and with known counts.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TensorCoreGemmTests
{
    private static readonly Lazy<CompiledKernel> Gemm = new(() =>
    {
        using PtxCompiler compiler = new(builder => PtxCompiler.RegisterIntrinsics(builder, typeof(TensorCoreIntrinsics)));
        return compiler.Compile(TensorCoreGemm.Multiply);
    });

    [TestCase(256, 256, 256)]
    [TestCase(1, 128, 32)]
    [TestCase(197, 128, 96)]
    [TestCase(255, 384, 64)]
    public void Product_is_right_and_clean(int m, int n, int k)
    {
        using Machine machine = new();
        (LaunchReport report, double error) = Multiply(machine, machine.Load(Gemm.Value.Ptx), m, n, k);
        Assert.That(report.Findings, Is.Empty);
        // Sums of k products of numbers in [-1, 1], each addition rounded once: k 2^-24 times the largest possible sum k.
        Assert.That(error <= k * (double)k * Math.ScaleB(1, -24), $"error {error}");
    }

    [Test]
    public void Counts_hold()
    {
        using Machine machine = new();
        KernelCounts counts = Multiply(machine, machine.Load(Gemm.Value.Ptx), 256, 256, 256).Report.Counts;
        // Four groups of eight warps, eight steps of k: 32 mma, 12 ldmatrix and (with one more for the size) 4 copies a step and warp.
        Assert.That(counts.TensorInstructions, Is.EqualTo(4 * 8 * 8 * 32));
        Assert.That(counts.HalfTensorOperations, Is.EqualTo(2L * 256 * 256 * 256));
        Assert.That(counts.Classes[InstructionClass.LoadMatrix], Is.EqualTo(4 * 8 * 8 * 12));
        Assert.That(counts.Barriers, Is.EqualTo(4 * 8 * 8));
        // The swizzle leaves no bank conflicts; copies fill whole sectors, the stores of single floats half of each.
        Assert.That(counts.SharedPasses, Is.EqualTo(counts.IdealSharedPasses));
        Assert.That(counts.DistinctReadBytes, Is.EqualTo(2 * 256 * 256 * sizeof(ushort)));
        Assert.That(counts.DistinctWrittenBytes, Is.EqualTo(256 * 256 * sizeof(float)));
        long stored = counts.GlobalLines.Where(line => line.Text.StartsWith("st", StringComparison.Ordinal)).Sum(line => line.Pieces);
        Assert.That(stored, Is.EqualTo(2 * 256 * 256 * sizeof(float) / 32));
    }

    [Test]
    public void Order_of_groups_and_warps_does_not_matter()
    {
        MachineKernel kernel;
        using Machine machine = new();
        kernel = machine.Load(Gemm.Value.Ptx);
        float[] expected = Product(machine, kernel);
        foreach (ulong seed in new ulong[] { 1, 2, 3 })
        {
            machine.Options = new MachineOptions { Seed = seed };
            Assert.That(Product(machine, kernel), Is.EqualTo(expected));
        }
    }

    [TestCase("cp.async.wait_group 1", "cp.async.wait_group 2", FindingKind.AsyncCopyNotAwaited)]
    [TestCase("bar.sync\t0;", "", FindingKind.SharedRace)]
    [TestCase(", 14;", ", 13;", FindingKind.SharedRace)]
    public void Damage_is_found(string good, string bad, FindingKind kind)
    {
        string damaged = Gemm.Value.Ptx.Replace(good, bad, StringComparison.Ordinal);
        Assert.That(damaged != Gemm.Value.Ptx, "the text to damage is not there");
        using Machine machine = new();
        LaunchReport report = Multiply(machine, machine.Load(damaged), 128, 128, 128).Report;
        Assert.That(report.Findings.Select(finding => finding.Kind), Does.Contain(kind));
    }

    private static float[] Product(Machine machine, MachineKernel kernel)
    {
        Random random = new(3);
        using DriverBuffer<uint> a = machine.Allocate<uint>(MemoryMarshal.Cast<ushort, uint>(Random16(random, 256 * 64)), "A");
        using DriverBuffer<uint> b = machine.Allocate<uint>(MemoryMarshal.Cast<ushort, uint>(Random16(random, 256 * 64)), "B");
        using DriverBuffer<float> c = machine.Allocate<float>(256 * 256, "C");
        machine.Launch(kernel, (2, 2), TensorCoreGemm.GroupSize, 0, a, b, c, 256, 256, 32).ThrowIfFindings();
        return c.ToArray();
    }

    private static (LaunchReport Report, double Error) Multiply(Machine machine, MachineKernel kernel, int m, int n, int k)
    {
        Random random = new(m + n + k);
        ushort[] a = Random16(random, m * k), b = Random16(random, n * k);
        using DriverBuffer<uint> deviceA = machine.Allocate<uint>(MemoryMarshal.Cast<ushort, uint>(a), "A");
        using DriverBuffer<uint> deviceB = machine.Allocate<uint>(MemoryMarshal.Cast<ushort, uint>(b), "B");
        using DriverBuffer<float> deviceC = machine.Allocate<float>(m * n, "C");
        Extents grid = (n / TensorCoreGemm.TileSize, (m + TensorCoreGemm.TileSize - 1) / TensorCoreGemm.TileSize);
        LaunchReport report = machine.Launch(kernel, grid, TensorCoreGemm.GroupSize, 0, deviceA, deviceB, deviceC, m, n, k / 2);
        float[] c = deviceC.ToArray();
        double error = 0;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++) sum += (double)Value(a[i * k + p]) * Value(b[j * k + p]);
                error = Math.Max(error, Math.Abs(sum - c[i * n + j]));
            }
        }
        return (report, error);
    }

    private static ushort[] Random16(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle() * 2 - 1) >> 16))];

    private static float Value(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
