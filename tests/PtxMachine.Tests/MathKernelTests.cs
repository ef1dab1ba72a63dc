using DoRA.PtxMachine.Tests.TestKernels;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.PtxMachine.Tests;

/// <summary>Functions that cards approximate, through ILGPU's library, against double precision.</summary>
public sealed class MathKernelTests : IDisposable
{
    private readonly PtxCompiler _compiler = new(builder => builder.EnableAlgorithms());

    [OneTimeTearDown]
    public void Dispose() => _compiler.Dispose();

    [TestCase(null)]
    [TestCase(11ul)]
    public void Functions(ulong? perturbation)
    {
        const int Count = 200;
        float[] input = [.. Enumerable.Range(0, Count).Select(i => (i - 100) * 0.05f)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22, PerturbationSeed = perturbation });
        using DriverBuffer<float> x = machine.Allocate(input), y = machine.Allocate<float>(8 * Count);
        machine.Launch(machine.Load(_compiler.Compile(MathKernels.Functions).Ptx), 4, 64, 0, x, y, Count).ThrowIfFindings();
        float[] result = y.ToArray();
        Func<double, double>[] exact =
        [
            Math.Exp, v => Math.Log(Math.Abs(v) + 1), Math.Tanh, v => 1 / Math.Sqrt(Math.Abs(v) + 1), Math.Sin, Math.Cos,
            v => Math.Pow(Math.Abs(v) + 0.5, 1.5), v => Math.Floor(v) + Math.Ceiling(v) + 1 / (v * v + 1),
        ];
        for (int f = 0; f < exact.Length; f++)
        {
            // tanh.approx errs by 2^-11; the others by some 2^-20, times the conditioning of 2^(x log2 e) and of powers up to |x| = 5.
            double tolerance = f == 2 ? Math.ScaleB(1, -10) : Math.ScaleB(1, -17);
            for (int i = 0; i < Count; i++)
            {
                double expected = exact[f](input[i]);
                Assert.That(Math.Abs(result[f * Count + i] - expected) <= tolerance * Math.Max(1, Math.Abs(expected)),
                    $"function {f} at {input[i]}: {result[f * Count + i]}, not {expected}");
            }
        }
    }

    [TestCase(100)]
    [TestCase(7)]
    public void Softmax(int columns)
    {
        Random random = new(columns);
        float[] input = [.. Enumerable.Range(0, 3 * columns).Select(_ => random.NextSingle() * 20 - 10)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22 });
        using DriverBuffer<float> x = machine.Allocate(input), y = machine.Allocate<float>(3 * columns);
        machine.Launch(machine.Load(_compiler.Compile(MathKernels.Softmax).Ptx), 3, 64, 0, x, y, columns).ThrowIfFindings();
        float[] result = y.ToArray();
        for (int row = 0; row < 3; row++)
        {
            double sum = Enumerable.Range(0, columns).Sum(c => Math.Exp(input[row * columns + c]));
            for (int c = 0; c < columns; c++)
            {
                double expected = Math.Exp(input[row * columns + c]) / sum;
                // Two exponentials of arguments up to 20, each off by 20 · 2^-24 in the argument and 2^-22 itself, and a sum of at most
                // 100 terms.
                Assert.That(Math.Abs(result[row * columns + c] - expected) <= expected * Math.ScaleB(1, -17));
            }
        }
    }

    [Test]
    public void Philox()
    {
        const int Count = 300;
        uint[] input = [1, 2, 3, 4];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22 });
        using DriverBuffer<uint> x = machine.Allocate(input), y = machine.Allocate<uint>(Count);
        machine.Launch(machine.Load(_compiler.Compile(MathKernels.Philox).Ptx), 5, 64, 0, x, y, Count).ThrowIfFindings();
        uint[] result = y.ToArray();
        for (int i = 0; i < Count; i++)
        {
            uint c0 = (uint)i, c1 = 1, c2 = 2, c3 = 7, k0 = 3, k1 = 4;
            for (int round = 0; round < 10; round++)
            {
                ulong p0 = (ulong)c0 * 0xD2511F53u, p1 = (ulong)c2 * 0xCD9E8D57u;
                (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
                k0 += 0x9E3779B9u;
                k1 += 0xBB67AE85u;
            }
            Assert.That(result[i], Is.EqualTo(c0 ^ c1 ^ c2 ^ c3));
        }
    }
}
