using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.PtxMachine;
using DoRA.References;

namespace DoRA.Model.Tests;

/// <summary>A device with a tape, and what a test puts into its memory.</summary>
internal sealed class TestBench : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly Machine? _machine;

    public TestBench(Engine engine = Engine.Cpu)
    {
        if (engine == Engine.CudaOnPtxMachine)
        {
            _machine = new();
            Device = new CudaDevice(_machine, "PTX machine");
        }
        else
        {
            Device = new CpuDevice();
        }

        Arena = new(Device);
        Tape = new(Arena);
    }

    public Device Device { get; }

    public Arena Arena { get; }

    public Tape Tape { get; }

    public DeviceSpan Upload(ReadOnlySpan<float> values)
    {
        DeviceSpan span = Device.Allocate(values.Length, ElementType.Float32);
        _owned.Add(span.Buffer);
        Device.Upload(span, values);
        return span;
    }

    public DeviceSpan Upload(ReadOnlySpan<int> values)
    {
        DeviceSpan span = Device.Allocate(values.Length, ElementType.Int32);
        _owned.Add(span.Buffer);
        Device.Upload(span, values);
        return span;
    }

    public float[] Download(DeviceSpan span) => Device.Read(span);

    /// <summary>A store that the bench disposes of.</summary>
    public ParameterStore Store()
    {
        ParameterStore store = new(Device);
        _owned.Add(store);
        return store;
    }

    public void Dispose()
    {
        Arena.Dispose();
        _owned.ForEach(owned => owned.Dispose());
        Device.Dispose();
        _machine?.Dispose();
    }
}

internal static class TestExtensions
{
    public static float[] Read(this Device device, DeviceSpan span)
    {
        float[] values = new float[span.Length];
        device.Download<float>(values, span);
        return values;
    }

    /// <summary>Every parameter from the golden tensor of its name behind <paramref name="prefix"/>.</summary>
    public static void Load(this ParameterStore store, GoldenFile golden, string prefix)
    {
        foreach (Parameter parameter in store.Parameters)
        {
            store.Device.Upload<float>(parameter.Data, golden.Floats(prefix + parameter.Name));
        }
    }

    /// <summary>
    /// Holds a computed tensor to the golden one. Left out is the key third of a packed projection's bias, which has no gradient in exact
    /// arithmetic, so that AdamW turns its rounding noise into steps; and elements that <paramref name="ignore"/> names.
    /// </summary>
    public static void Check(this GoldenFile golden, string tensor, ReadOnlySpan<float> actual, IReadOnlySet<int>? ignore = null)
    {
        int third = tensor.EndsWith("attn.qkv.bias", StringComparison.Ordinal) ? actual.Length / 3 : 0;
        GoldenComparison comparison = golden.Compare(
            tensor, actual, ignore: i => (i >= third && i < 2 * third) || ignore?.Contains(i) is true);
        Assert.That(comparison.Passes, comparison.ToString());
    }

    /// <summary>
    /// The last block's queries (0), keys (1) or values (2): [images, tokens, 3, heads, headDim] to [images, heads, tokens, headDim].
    /// </summary>
    public static float[] ByHead(this VisionFeatures features, TestBench bench, int heads, int which)
    {
        float[] qkv = bench.Download(features.Qkv.Data);
        int tokens = features.Tokens.Shape[1], headDim = features.Width / heads;
        float[] result = new float[qkv.Length / 3];
        for (int i = 0; i < result.Length; i++)
        {
            (int column, int token) = (i % headDim, i / headDim % tokens);
            (int head, int image) = (i / headDim / tokens % heads, i / headDim / tokens / heads);
            result[i] = qkv[((((((image * tokens) + token) * 3) + which) * heads) + head) * headDim + column];
        }

        return result;
    }

    public static VisionTransformerConfiguration BackboneConfiguration(this GoldenFile golden) =>
        new(golden.Size("embed"), golden.Size("depth"), golden.Size("heads"), golden.Size("patch"), golden.Size("img"));
}
