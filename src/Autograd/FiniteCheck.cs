using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>
/// Finds the first operation of a step that brought a value which is no finite number: forward in what it computed, backward in the
/// gradients that it gave. Every value is copied to the host, so it watches a step that is taken again, not training.
/// </summary>
public sealed class FiniteCheck(Device device) : ITapeWatcher
{
    private readonly Dictionary<Op, (Tensor[] Parents, string Name)> _recorded = [];
    private string _lastLayer = "the input";

    /// <summary>Where the first bad value arose, in words; null while every value is finite.</summary>
    public string? Found { get; private set; }

    /// <inheritdoc/>
    public void Computed(Op op, ReadOnlySpan<Tensor> parents)
    {
        if (Found is not null)
        {
            return;
        }

        string network = op.IsRecording ? "student" : "teacher", name = Name(op, parents);
        _recorded[op] = (parents.ToArray(), name);
        foreach (Tensor parent in parents)
        {
            if (parent is Parameter parameter && !IsFinite(parameter.Data))
            {
                Found = $"the {network}'s parameter {parameter.Name} itself, which {name} reads";
                return;
            }
        }

        if (!IsFinite(op.Output.Data))
        {
            Found = $"{name} of the {network}, forward";
        }
    }

    /// <inheritdoc/>
    public void Walked(Op op)
    {
        if (Found is null && _recorded.TryGetValue(op, out (Tensor[] Parents, string Name) recorded)
            && recorded.Parents.Any(parent => parent.RequiresGradient && !parent.Gradient.IsEmpty && !IsFinite(parent)))
        {
            Found = $"{recorded.Name} of the student, backward";
        }
    }

    /// <summary>The operation with the layer whose parameters it reads, or else with the last layer before it.</summary>
    private string Name(Op op, ReadOnlySpan<Tensor> parents)
    {
        string kind = op.GetType().Name;
        kind = kind.EndsWith("Op", StringComparison.Ordinal) ? kind[..^2] : kind;
        foreach (Tensor parent in parents)
        {
            if (parent is Parameter parameter)
            {
                int end = parameter.Name.LastIndexOf('.');
                _lastLayer = end < 0 ? parameter.Name : parameter.Name[..end];
                return $"{kind} ({_lastLayer})";
            }
        }

        return $"{kind} (after {_lastLayer})";
    }

    /// <summary>What has arrived of a gradient so far; of a parameter's only where all has, since the rest is from another step.</summary>
    private bool IsFinite(Tensor tensor) => !tensor.HasGradient || IsFinite(tensor.Gradient);

    private bool IsFinite(DeviceSpan span)
    {
        if (span.IsEmpty || span.Type == ElementType.Int32)
        {
            return true;
        }

        byte[] bytes = new byte[span.Length * span.Type.Size()];
        device.Download<byte>(bytes, span);
        return span.Type == ElementType.Float32
            ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray().All(float.IsFinite)
            : System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().All(bits => (bits & 0x7F80) != 0x7F80);
    }
}
