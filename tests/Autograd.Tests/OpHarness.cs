using DoRA.Kernels;

namespace DoRA.Autograd.Tests;

/// <summary>Runs operations on the CPU engine and holds their gradients to central differences of a reference in double.</summary>
internal sealed class OpHarness : IDisposable
{
    /// <summary>
    /// A float32 sum of up to 64 products of like size is off by at most 64 · 2⁻²⁴ = 4e-6 of it; the references here sum no more.
    /// </summary>
    private const double Tolerance = 4e-6;

    private readonly Random _random = new(7);
    private readonly List<IDisposable> _owned = [];

    public OpHarness()
    {
        Arena = new(Device);
        Tape = new(Arena);
    }

    public CpuDevice Device { get; } = new(2);

    public Arena Arena { get; }

    public Tape Tape { get; }

    public float[] Random(int length) => [.. Enumerable.Range(0, length).Select(_ => (float)((_random.NextDouble() * 2) - 1))];

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

    public float[] Download(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        Device.Download<float>(values, span);
        return values;
    }

    /// <summary>A store with parameters of the given shapes, named by their index, with random values.</summary>
    public ParameterStore Store(params int[][] shapes)
    {
        ParameterStore store = new(Device);
        _owned.Add(store);
        for (int i = 0; i < shapes.Length; i++)
        {
            store.Add($"{i}", Initialisation.Zeros, true, shapes[i]);
        }

        store.Allocate(withGradients: true);
        foreach (Parameter parameter in store.Parameters)
        {
            Device.Upload<float>(parameter.Data, Random((int)parameter.Length));
        }

        return store;
    }

    /// <summary>Holds forward values and every input's gradient of <c>Σ upstream · y</c> to the reference.</summary>
    /// <param name="variables">Shapes of the inputs that are activations.</param>
    /// <param name="parameters">Shapes of the inputs that are parameters.</param>
    /// <param name="engine">y from the activations and the parameters.</param>
    /// <param name="reference">y from the same, activations first.</param>
    public void Check(
        int[][] variables, int[][] parameters, Func<Tensor[], Parameter[], Tensor> engine, Func<double[][], double[]> reference)
    {
        ParameterStore store = Store(parameters);
        Tensor[] inputs = [.. variables.Select(shape => Tape.Variable(Upload(Random(shape.Aggregate(1, (a, b) => a * b))), shape))];
        Tensor[] all = [.. inputs, .. store.Parameters];
        double[][] points = [.. all.Select(tensor => Array.ConvertAll(Download(tensor.Data), value => (double)value))];

        Tensor y = engine(inputs, [.. store.Parameters]);
        double[] expected = reference(points);
        Assert.That(GradCheck.RelativeError(Download(y.Data), expected), Is.LessThanOrEqualTo(Tolerance), "forward");
        float[] upstream = Random(expected.Length);
        Tape.Backward(y, Upload(upstream));

        double Loss(double[] _) => reference(points).Zip(upstream, (value, factor) => value * factor).Sum();
        for (int i = 0; i < all.Length; i++)
        {
            double[] gradient = GradCheck.CentralDifferences(Loss, points[i]);
            Assert.That(
                GradCheck.RelativeError(Download(all[i].Gradient), gradient), Is.LessThanOrEqualTo(Tolerance), $"gradient of input {i}");
        }
    }

    public void Dispose()
    {
        Arena.Dispose();
        _owned.ForEach(owned => owned.Dispose());
        Device.Dispose();
    }
}
