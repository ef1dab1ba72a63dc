using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>
/// Operations in the order in which they were recorded, walked once from the end. A node's tensors are freed as soon as
/// it has run, since everything that read them was recorded later. All memory comes from one arena.
/// </summary>
public sealed class Tape(Arena arena)
{
    private readonly List<Op> _nodes = [];
    private readonly List<Parameter> _parameters = [];

    public Arena Arena { get; } = arena;

    public Device Device => Arena.Device;

    /// <summary>False inside <see cref="NoGrad"/>.</summary>
    public bool IsRecording { get; private set; } = true;

    /// <summary>Told of every operation as it is computed and as the walk back has passed it; usually nobody.</summary>
    public ITapeWatcher? Watcher { get; set; }

    /// <summary>False in a walk back that others follow before the parameters' gradients, to which all of them add, are whole.</summary>
    public bool IsLastWalk { get; private set; } = true;

    /// <summary>Operations recorded and not yet walked.</summary>
    public int Count => _nodes.Count;

    /// <summary>Nothing is recorded, and nothing saved, until the result is disposed.</summary>
    public NoGradScope NoGrad() => new(this);

    /// <summary>Memory for activations, in the device's activation type, of undefined content.</summary>
    public DeviceSpan Rent(long length) => Arena.Rent(length, Device.ActivationType);

    /// <summary>A tensor over given memory which gets no gradient and which the tape does not own.</summary>
    public static Tensor Constant(DeviceSpan data, params ReadOnlySpan<int> shape) => new(data, shape, false);

    /// <summary>A tensor over given memory whose gradient is wanted and stays until <see cref="Reset"/>.</summary>
    public static Tensor Variable(DeviceSpan data, params ReadOnlySpan<int> shape) => new(data, shape, true);

    /// <summary>
    /// Says that the caller needs these results no more. What a recorded operation made stays until the walk back has passed it;
    /// constants and parameters stay.
    /// </summary>
    public void Release(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.IsOwned && !tensor.RequiresGradient)
            {
                Return(tensor.TakeData());
            }
        }
    }

    /// <summary>Walks back from a loss, which is the last recorded operation's output.</summary>
    /// <param name="isLast">False where another walk back follows that uses the same parameters.</param>
    /// <exception cref="InvalidOperationException">A parameter that a recorded operation used got no gradient.</exception>
    public void Backward(Tensor loss, bool isLast = true)
    {
        if (_nodes.Count == 0 || _nodes[^1].Output != loss)
        {
            throw new InvalidOperationException("The walk back starts at the output of the last recorded operation.");
        }

        IsLastWalk = isLast;
        try
        {
            Walk(loss);
        }
        finally
        {
            IsLastWalk = true;
        }
    }

    /// <summary>Walks back from <paramref name="output"/>, whose gradient is given.</summary>
    /// <exception cref="InvalidOperationException">A parameter that a recorded operation used got no gradient.</exception>
    public void Backward(Tensor output, DeviceSpan upstream)
    {
        output.Claim(this, 0, output.Length);
        Device.Copy(output.Gradient, upstream);
        Walk(output);
    }

    /// <summary>Forgets every recorded operation and takes back all memory.</summary>
    public void Reset()
    {
        _nodes.Clear();
        _parameters.Clear();
        Arena.Reset();
    }

    internal bool Tracks(params ReadOnlySpan<Tensor> parents)
    {
        foreach (Tensor parent in parents)
        {
            if (IsRecording && parent.RequiresGradient)
            {
                return true;
            }
        }

        return false;
    }

    internal void Add(Op op, ReadOnlySpan<Tensor> parents)
    {
        _nodes.Add(op);
        foreach (Tensor parent in parents)
        {
            if (parent is Parameter { RequiresGradient: true } parameter)
            {
                _parameters.Add(parameter);
            }
        }
    }

    internal void Return(DeviceSpan span)
    {
        if (!span.IsEmpty)
        {
            Arena.Return(span);
        }
    }

    private void Walk(Tensor root)
    {
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            Op node = _nodes[i];
            if (node.Output == root || node.Output.HasGradient)
            {
                node.Backward();
                Watcher?.Walked(node);
            }

            node.Free();
        }

        _nodes.Clear();
        foreach (Parameter parameter in _parameters)
        {
            if (!parameter.HasGradient)
            {
                throw new InvalidOperationException($"Parameter {parameter.Name} was used but got no gradient, or only a part of one.");
            }
        }

        _parameters.Clear();
    }

    /// <summary>While it lives the tape does not record.</summary>
    public readonly struct NoGradScope : IDisposable
    {
        private readonly Tape _tape;
        private readonly bool _before;

        internal NoGradScope(Tape tape)
        {
            _tape = tape;
            _before = tape.IsRecording;
            tape.IsRecording = false;
        }

        public void Dispose() => _tape.IsRecording = _before;
    }
}
