using DoRA.Kernels;
using DoRA.Kernels.Primitives;

namespace DoRA.Autograd;

/// <summary>
/// All parameters of a network as slices of one flat float32 buffer, in the order in which they were added. Stores that were
/// added to alike have the same layout, so that optimiser and teacher update go over whole buffers.
/// </summary>
public sealed class ParameterStore(Device device) : IDisposable
{
    private const int Alignment = 16;
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private DeviceSpan _weights, _gradients;

    public Device Device { get; } = device;

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Elements of each flat buffer, gaps included; gaps hold zeros.</summary>
    public long Length { get; private set; }

    public DeviceSpan Weights => _weights;

    /// <summary>Absent in a store that is not trained.</summary>
    public DeviceSpan Gradients => _gradients;

    /// <exception cref="KeyNotFoundException">There is no parameter of that name.</exception>
    public Parameter this[string name] => _byName[name];

    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Declares a parameter; its memory comes with <see cref="Allocate"/>.</summary>
    /// <param name="trained">False for a parameter that keeps its first value.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Parameter Add(string name, Initialisation initialisation, bool trained, params ReadOnlySpan<int> shape)
    {
        Parameter parameter = new(name, Length, initialisation, trained, shape);
        _byName.Add(name, parameter);
        _parameters.Add(parameter);
        Length += (parameter.Length + Alignment - 1) / Alignment * Alignment;
        return parameter;
    }

    /// <summary>Takes the flat buffers, zeroed, and binds every parameter to its slices.</summary>
    /// <param name="withGradients">False for a network that is never trained by gradient: the teacher.</param>
    public void Allocate(bool withGradients)
    {
        _weights = Device.AllocateWeights(Length);
        Device.Clear(_weights);
        _gradients = withGradients ? AllocateLike() : default;
        _parameters.ForEach(parameter => parameter.Bind(this));
    }

    /// <summary>A zeroed float32 buffer of the same layout: moments.</summary>
    public DeviceSpan AllocateLike()
    {
        DeviceSpan span = Device.Allocate(Length, ElementType.Float32);
        Device.Clear(span);
        return span;
    }

    /// <summary>Gives every parameter its first value, parameter i from stream (seed, Initialisation, 0, i).</summary>
    public void Initialise(ulong seed)
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            float[] values = new float[_parameters[i].Length];
            _parameters[i].Initialisation.Fill(values, new PhiloxStream(seed, RandomPurpose.Initialisation, 0, (uint)i));
            Device.Upload<float>(_parameters[i].Data, values);
        }
    }

    /// <summary>Takes over all weights of a store of the same layout.</summary>
    public void CopyFrom(ParameterStore other) => Device.Copy(Weights, other.Weights);

    /// <summary>The next share of each gradient overwrites what is there.</summary>
    public void ForgetGradients() => _parameters.ForEach(parameter => parameter.ForgetGradient());

    public void Dispose()
    {
        foreach (DeviceSpan span in (ReadOnlySpan<DeviceSpan>)[_weights, _gradients])
        {
            if (!span.IsEmpty)
            {
                span.Buffer.Dispose();
            }
        }
    }
}
