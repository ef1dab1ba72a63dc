using System.Runtime.InteropServices;
using DoRA.PtxMachine.Counting;
using DoRA.PtxMachine.Tests.TestKernels;

namespace DoRA.PtxMachine.Tests;

/// <summary>A tensor-core product with asynchronous copies, compiled by ILGPU: right, without findings, and with known counts.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TensorCoreGemmTests
{
    private static readonly Lazy<CompiledKernel> Gemm = new(() =>
    {
        using PtxCompiler compiler = new(builder => PtxCompiler.RegisterIntrinsics(builder, typeof(TensorIntrinsics)));
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

    [Test]
    [Explicit("prints a time")]
    public void Speed()
    {
        using Machine machine = new();
        MachineKernel kernel = machine.Load(Gemm.Value.Ptx);
        foreach (MachineOptions options in new[] { new MachineOptions(), new MachineOptions { Counts = false }, new MachineOptions { Checks = false, Counts = false }, new MachineOptions { Workers = 1 } })
        {
            machine.Options = options;
            TimeSpan best = TimeSpan.MaxValue;
            LaunchReport? report = null;
            for (int i = 0; i < 20; i++)
            {
                (report, _) = Multiply(machine, kernel, 256, 256, 256);
                if (report.Elapsed < best) best = report.Elapsed;
            }
            TestContext.Out.WriteLine($"checks {options.Checks} counts {options.Counts} workers {options.Workers}: {best.TotalMilliseconds:0.00} ms, {best.TotalNanoseconds / report!.Counts.Instructions:0.0} ns a warp instruction");
            TestContext.Out.WriteLine(report.ToText(Card.H200));
        }
    }
}
