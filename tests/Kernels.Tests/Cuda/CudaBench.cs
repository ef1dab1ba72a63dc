using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>A device and memory on it: the CPU engine's, or the CUDA engine's on the machine that executes PTX.</summary>
internal sealed class CudaBench : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];
    private readonly HashSet<float[]> _rounded = [];
    private readonly Machine? _machine;

    private CudaBench(Device device, Machine? machine) => (Device, _machine) = (device, machine);

    public Device Device { get; }

    /// <summary>Of a bench on the machine.</summary>
    public Machine Machine => _machine!;

    /// <summary>What the machine counted, launch by launch.</summary>
    public IReadOnlyList<LaunchReport> Launches => Machine.History;

    public static CudaBench OnCpu() => new(new CpuDevice(2), null);

    public static CudaBench OnMachine(MachineOptions options, ElementType activations = ElementType.Float32)
    {
        Machine machine = new(options);
        return new(new CudaDevice(machine, "PTX machine", activations), machine);
    }

    /// <summary>
    /// Holds the CUDA engine to the CPU engine. On the machine the computation runs with all checks: any finding (race, uninitialised read,
    /// bad address, misplaced barrier) throws. It runs again with groups and warps in another order and with shared memory at the
    /// least alignment, and must give the same bits; and once with approximate functions as far off as a card's may be.
    /// </summary>
    /// <param name="operation">Takes the operation out of an engine's catalogue.</param>
    /// <param name="run">Computes; returns every result.</param>
    /// <param name="tolerances">The largest absolute difference, result by result.</param>
    /// <returns>The machine's reports of the first run.</returns>
    public static IReadOnlyList<LaunchReport> Compare<T>(Func<KernelCatalogue, T> operation, Func<CudaBench, T, float[][]> run,
        params double[] tolerances) =>
        Compare(ElementType.Float32, operation, run, tolerances);

    /// <inheritdoc cref="Compare{T}(Func{KernelCatalogue, T}, Func{CudaBench, T, float[][]}, double[])"/>
    /// <param name="activations">How the CUDA engine stores activations; a result in bfloat16 may also be off by its rounding.</param>
    public static IReadOnlyList<LaunchReport> Compare<T>(ElementType activations, Func<KernelCatalogue, T> operation,
        Func<CudaBench, T, float[][]> run, params double[] tolerances) =>
        Compare(new(), activations, operation, run, tolerances);

    /// <inheritdoc cref="Compare{T}(ElementType, Func{KernelCatalogue, T}, Func{CudaBench, T, float[][]}, double[])"/>
    /// <param name="card">Whose machine it is.</param>
    public static IReadOnlyList<LaunchReport> Compare<T>(MachineOptions card, ElementType activations,
        Func<KernelCatalogue, T> operation, Func<CudaBench, T, float[][]> run, params double[] tolerances)
    {
        using CudaBench reference = OnCpu();
        float[][] expected = run(reference, operation(reference.Device.Kernels));
        Assert.That(expected, Has.Length.EqualTo(tolerances.Length));
        using CudaBench bench = OnMachine(card, activations);
        float[][] actual = run(bench, operation(bench.Device.Kernels));
        bench.Near(actual, expected, tolerances);

        using CudaBench shuffled = OnMachine(card with { Seed = 3, UnluckyAlignment = true }, activations);
        float[][] again = run(shuffled, operation(shuffled.Device.Kernels));
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(Bits(again[i]), Is.EqualTo(Bits(actual[i])), $"result {i} depends on the order of groups or warps");
        }

        using CudaBench perturbed = OnMachine(card with { PerturbationSeed = 5 }, activations);
        perturbed.Near(run(perturbed, operation(perturbed.Device.Kernels)), expected, tolerances);
        return bench.Launches;
    }

    public DeviceSpan Upload(ReadOnlySpan<float> values)
    {
        DeviceSpan span = Undefined(values.Length);
        Device.Upload(span, values);
        return span;
    }

    public DeviceSpan Upload(ReadOnlySpan<int> values)
    {
        DeviceSpan span = Take(values.Length, ElementType.Int32);
        Device.Upload(span, values);
        return span;
    }

    public DeviceSpan Upload(ReadOnlySpan<byte> values)
    {
        DeviceSpan span = Take(values.Length, ElementType.Byte);
        Device.Upload(span, values);
        return span;
    }

    /// <summary>Memory that no one has written; the machine tells of a kernel that reads it.</summary>
    public DeviceSpan Undefined(long length) => Take(length, ElementType.Float32);

    /// <summary>Activations of these values rounded to bfloat16, so that engines of either storage start from the same.</summary>
    public DeviceSpan Activations(ReadOnlySpan<float> values)
    {
        float[] rounded = Rounded(values);
        DeviceSpan span = UndefinedActivations(values.Length);
        if (span.Type == ElementType.BFloat16)
        {
            Device.Upload<ushort>(span, Array.ConvertAll(rounded, value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
        }
        else
        {
            Device.Upload<float>(span, rounded);
        }

        return span;
    }

    /// <summary>Finite values rounded to bfloat16.</summary>
    public static float[] Rounded(ReadOnlySpan<float> values)
    {
        float[] rounded = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            rounded[i] = BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
        }

        return rounded;
    }

    /// <summary>As <see cref="Undefined"/>, for activations.</summary>
    public DeviceSpan UndefinedActivations(long length) => Take(length, Device.ActivationType);

    public float[] Download(DeviceSpan span)
    {
        if (span.Type == ElementType.BFloat16)
        {
            ushort[] bits = new ushort[span.Length];
            Device.Download<ushort>(bits, span);
            float[] wide = Array.ConvertAll(bits, value => BitConverter.UInt32BitsToSingle((uint)value << 16));
            _rounded.Add(wide);
            return wide;
        }

        float[] values = new float[span.Length];
        Device.Download<float>(values, span);
        return values;
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        Device.Dispose();
        _machine?.Dispose();
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private void Near(float[][] actual, float[][] expected, double[] tolerances)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double relative = _rounded.Contains(actual[i]) ? Agreement.BFloat16Rounding : 0;
            Agreement.Near($"result {i}", actual[i], Agreement.Wide(expected[i]), tolerances[i], relative);
        }
    }

    private DeviceSpan Take(long length, ElementType type)
    {
        DeviceSpan span = Device.Allocate(length, type);
        _buffers.Add(span.Buffer);
        return span;
    }
}
