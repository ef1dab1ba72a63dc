using System.Numerics;

namespace DoRA.PtxMachine.Tests;

/// <summary>Text of another compiler (tests/fixtures/ptx/nvcc.cu, compiled by nvcc) gives what the CUDA source says.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NvccKernelTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "ptx", "nvcc.ptx"));

    [Test]
    public void Calls()
    {
        const int Count = 70;
        Random random = new(1);
        Vector4[] input = [.. Enumerable.Range(0, Count).Select(_ => new Vector4(random.NextSingle(), random.NextSingle(), random.NextSingle(), random.NextSingle()))];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<Vector4> x = machine.Allocate(input), y = machine.Allocate<Vector4>(Count);
        machine.Launch(machine.Load(Text, "calls"), 3, 32, 0, x.Address, y.Address, Count).ThrowIfFindings();
        Assert.That(y.ToArray(), Is.EqualTo(input.Select((v, i) => Mix(Mix(v, i), i + 1)).ToArray()));
    }

    [Test]
    public void Collatz()
    {
        uint[] input = [.. Enumerable.Range(1, 100).Select(i => (uint)i * 7)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> x = machine.Allocate(input);
        using DriverBuffer<int> y = machine.Allocate<int>(100);
        machine.Launch(machine.Load(Text, "collatz"), 2, 64, 0, x.Address, y.Address, 100).ThrowIfFindings();
        Assert.That(y.ToArray(), Is.EqualTo(input.Select(CollatzOfSource).ToArray()));
    }

    [Test]
    public void Histogram()
    {
        const int Count = 1000;
        Random random = new(2);
        int[] input = [.. Enumerable.Range(0, Count).Select(_ => random.Next())];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<int> x = machine.Allocate(input), h = machine.Allocate(new int[64]);
        using DriverBuffer<float> s = machine.Allocate<float>(8);
        machine.Launch(machine.Load(Text, "hist"), 2, 128, 0, x.Address, h.Address, s.Address, Count).ThrowIfFindings();
        Assert.That(h.ToArray(), Is.EqualTo(Enumerable.Range(0, 64).Select(bin => input.Count(value => (value & 63) == bin)).ToArray()));
        Assert.That(s.ToArray(), Is.EqualTo(Enumerable.Range(0, 8).Select(warp => 496f + 32 * 32 * (warp % 4)).ToArray()));
    }

    [Test]
    public void Bits()
    {
        Random random = new(3);
        uint[] input = [.. Enumerable.Range(0, 32).Select(_ => (uint)random.NextInt64(1L << 32))];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> x = machine.Allocate(input), y = machine.Allocate<uint>(256);
        machine.Launch(machine.Load(Text, "bits"), 1, 32, 0, x.Address, y.Address, 32).ThrowIfFindings();
        uint[] result = y.ToArray();
        uint ballot = 0;
        for (int i = 0; i < 32; i++) ballot |= (input[i] & 1) << i;
        for (int i = 0; i < 32; i++)
        {
            uint a = input[i], b = input[(i + 1) % 32];
            uint[] expected =
            [
                (b >> 8 & 0xFF) | (a >> 8 & 0xFF) << 8 | (b >> 24) << 16 | (a >> 24) << 24,
                (a & b) | (~a & (b ^ 0x55)),
                (uint)((((ulong)b << 32 | a) << i) >> 32),
                (uint)(BitOperations.PopCount(a) + BitOperations.LeadingZeroCount(b)),
                ballot,
                (uint)Enumerable.Range(0, 32).Sum(bit => (long)(a >> bit & 1) << (31 - bit)),
                (uint)((ulong)a * b >> 32),
                (uint)((int)a / ((int)(b % 1000) + 1)),
            ];
            Assert.That(result[(8 * i)..(8 * i + 8)], Is.EqualTo(expected), $"thread {i}");
        }
    }

    [Test]
    public void Floats()
    {
        Random random = new(4);
        float[] input = [.. Enumerable.Range(0, 32).Select(_ => random.NextSingle() * 6 - 3)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<float> x = machine.Allocate(input), y = machine.Allocate<float>(256);
        machine.Launch(machine.Load(Text, "fl"), 1, 32, 0, x.Address, y.Address, 32).ThrowIfFindings();
        float[] result = y.ToArray();
        for (int i = 0; i < 32; i++)
        {
            float a = input[i], b = input[(i + 1) % 32];
            uint bits = BitConverter.SingleToUInt32Bits(a);
            float[] expected =
            [
                MathF.FusedMultiplyAdd(a, b, -a), a / b, MathF.Sqrt(MathF.Abs(a)), MathF.Round(a * 10, MidpointRounding.ToEven), (int)(a * 100),
                BitConverter.UInt32BitsToSingle((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000), (float)(Half)b,
                MathF.Max(a, b) > 0.5f ? (float)double.Exp2(a) : -b,
            ];
            Assert.That(result[(8 * i)..(8 * i + 8)], Is.EqualTo(expected), $"thread {i}");
        }
    }

    [Test]
    public void Generic_addresses()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<float> y = machine.Allocate<float>(128);
        machine.Launch(machine.Load(Text, "generic"), 1, 128, 0, y.Address, 7).ThrowIfFindings();
        Assert.That(y.ToArray(), Is.EqualTo(Enumerable.Range(0, 128).Select(i => 2f * ((i + 1) & 127) + (i * 7 & 7) * i).ToArray()));
    }

    private static Vector4 Mix(Vector4 x, int k)
    {
        Vector4 r = new(x.Y * k, x.X + k, (k & 1) == 1 ? x.W : x.Z, x.Z - x.W);
        if (k > 20) r.X += 1000;
        return r;
    }

    private static int CollatzOfSource(uint x)
    {
        int c = 0, plain = 0;
        for (uint v = x; v != 1;)
        {
            if ((v & 1) == 1)
            {
                v = 3 * v + 1;
                if (c % 7 == 3) c += 2;
            }
            else
            {
                v >>= 1;
            }
            c++;
        }
        for (uint n = x; n != 1; plain++) n = (n & 1) == 1 ? 3 * n + 1 : n >> 1;
        return c + plain;
    }
}
