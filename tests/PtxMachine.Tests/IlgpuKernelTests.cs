using DoRA.PtxMachine.Parsing;
using DoRA.PtxMachine.Tests.TestKernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Half = System.Half;

namespace DoRA.PtxMachine.Tests;

/// <summary>Ordinary kernels give the same bits on the machine, through PTX, and on ILGPU's CPU accelerator, through .NET.</summary>
public sealed class IlgpuKernelTests : IDisposable
{
    private const int Count = 150;

    private static readonly Random Numbers = new(7);

    private readonly PtxCompiler _compiler = new();
    private readonly Context _context = Context.Create(builder => builder.CPU(CPUDeviceKind.Nvidia));
    private readonly Accelerator _accelerator;

    public IlgpuKernelTests() => _accelerator = _context.GetCPUDevice(0).CreateAccelerator(_context);

    [OneTimeTearDown]
    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
        _compiler.Dispose();
    }

    [Test]
    public void Integers() => Compare(PlainKernels.Integers, Integers(Count), new int[Count], Count, (3, 64));

    [Test]
    public void Floats() => Compare(PlainKernels.Floats, Floats(Count), new float[Count], Count, (3, 64));

    // ILGPU's own conversion to half cuts off where PTX rounds to nearest, so this one is held against .NET's half.
    [Test]
    public void Halves()
    {
        Half[] input = Array.ConvertAll(Floats(Count), x => (Half)x);
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22 });
        using DriverBuffer<Half> deviceInput = machine.Allocate(input), deviceOutput = machine.Allocate<Half>(Count);
        machine.Launch(machine.Load(_compiler.Compile(PlainKernels.Halves).Ptx), 3, 64, 0, deviceInput, deviceOutput,
            Count).ThrowIfFindings();
        Half[] expected = Array.ConvertAll(input, a => (Half)((float)a * 1.5f > 2 ? (float)a * 1.5f - 1 : (float)a * 1.5f + 0.25f));
        Assert.That(deviceOutput.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Bytes() => Compare(PlainKernels.Bytes, Array.ConvertAll(Integers(Count), x => (byte)x), new short[Count], Count, (3, 64));

    [Test]
    public void Divergence() => Compare(PlainKernels.Divergence, [.. Enumerable.Range(1, Count)], new int[Count], Count, (3, 64));

    [Test]
    public void LocalArray() => Compare(PlainKernels.LocalArray, Array.ConvertAll(Integers(Count), x => x & 0xFFFF), new int[Count],
        Count, (3, 64));

    [Test]
    public void Vectors() => Compare(PlainKernels.Vectors,
        Array.ConvertAll(Floats(Count), x => new Vector4 { X = x, Y = x + 1, Z = x + 2, W = x + 3 }), new Vector4[Count], Count, (3, 64));

    [Test]
    public void Reduction() => Compare(PlainKernels.Reduction, Array.ConvertAll(Integers(Count), x => x % 1000), new int[5], Count,
        (3, 64));

    [Test]
    public void TiledProduct() => Compare(PlainKernels.TiledProduct, Floats(2 * 19 * 19), new float[19 * 19], 19,
        (new Index3D(2, 2, 1), new Index3D(256, 1, 1)));

    [Test]
    public void DynamicShared() =>
        Compare(PlainKernels.DynamicShared, Integers(64), new int[64], 64,
            new KernelConfig(1, 64, SharedMemoryConfig.RequestDynamic<int>(64)), 64 * sizeof(int));

    /// <summary>More dynamic shared memory than 48 KB, as a card gives it to a kernel that asks; never more than a group may have.</summary>
    [Test]
    public void Much_dynamic_shared_memory_has_a_limit()
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<int> input = machine.Allocate(Integers(64)), output = machine.Allocate<int>(64);
        MachineKernel kernel = machine.Load(_compiler.Compile(PlainKernels.DynamicShared).Ptx);
        machine.Launch(kernel, 1, 64, machine.SharedBytesPerGroup, input, output, 64).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(input.ToArray().Reverse().Select(x => x * 3)));
        Assert.That(() => machine.Launch(kernel, 1, 64, machine.SharedBytesPerGroup + 1, input, output, 64),
            Throws.InstanceOf<PtxException>().With.Message.Contains("232449 bytes of shared memory"));
    }

    [Test]
    public void Parameters()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => (float)i)];
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<float> x = machine.Allocate(values), y = machine.Allocate(values[..16]), output = machine.Allocate<float>(32);
        machine.Launch(machine.Load(_compiler.Compile(PlainKernels.Parameters).Ptx), 1, 32, 0, KernelArgument.View1D(x.Address, 32),
            KernelArgument.View2D(y.Address, 8, 2), output, KernelArgument.Of(1), KernelArgument.Of((byte)3),
            KernelArgument.Of((Half)0.5f), KernelArgument.Of(new Vector4 { Z = 100 })).ThrowIfFindings();
        Assert.That(output.ToArray(), Is.EqualTo(values.Select((value, i) => -(value + (8 + i % 8) + 3 + 0.5f + 100 + 32)).ToArray()));
    }

    private void Compare<TIn, TOut>(Action<ArrayView<TIn>, ArrayView<TOut>, int> kernel, TIn[] input, TOut[] output, int n,
        KernelConfig shape, int dynamicSharedBytes = 0)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        using MemoryBuffer1D<TIn, Stride1D.Dense> hostInput = _accelerator.Allocate1D(input);
        using MemoryBuffer1D<TOut, Stride1D.Dense> hostOutput = _accelerator.Allocate1D(output);
        _accelerator.LoadStreamKernel(kernel)(shape, hostInput.View.AsContiguous(), hostOutput.View.AsContiguous(), n);
        _accelerator.Synchronize();
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 22 });
        using DriverBuffer<TIn> deviceInput = machine.Allocate(input);
        using DriverBuffer<TOut> deviceOutput = machine.Allocate(output);
        MachineKernel loaded = machine.Load(_compiler.Compile(kernel).Ptx);
        Extents grid = (shape.GridDim.X, shape.GridDim.Y), group = shape.GroupDim.X;
        machine.Launch(loaded, grid, group, dynamicSharedBytes, deviceInput, deviceOutput, n).ThrowIfFindings();
        Assert.That(deviceOutput.ToArray(), Is.EqualTo(hostOutput.GetAsArray1D()));
    }

    private static int[] Integers(int count) => [.. Enumerable.Range(0, count).Select(_ => Numbers.Next(int.MinValue, int.MaxValue))];

    private static float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => Numbers.NextSingle() * 20 - 10)];
}
