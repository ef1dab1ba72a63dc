using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>
/// One recorded operation. Its static Forward computes the output and saves in named properties what Backward needs;
/// <see cref="Backward"/> reads the output's gradient and brings its parents theirs.
/// </summary>
public abstract class Op(Tape tape)
{
    private readonly List<DeviceSpan> _saved = [];

    protected Tape Tape { get; } = tape;

    /// <summary>False for an operation of a network that is not trained: the teacher.</summary>
    internal bool IsRecording => Tape.IsRecording;

    protected KernelCatalogue Kernels => Tape.Device.Kernels;

    /// <summary>What Forward made.</summary>
    public Tensor Output { get; private set; } = null!;

    /// <summary>Brings every parent that requires one its gradient. Parents that do not get no kernel.</summary>
    public abstract void Backward();

    /// <summary>Memory that lives until Backward has run: statistics (float32).</summary>
    protected DeviceSpan Save(long length) => Save(length, ElementType.Float32);

    /// <summary>Memory that lives until Backward has run.</summary>
    protected DeviceSpan Save(long length, ElementType type)
    {
        DeviceSpan span = Tape.Arena.Rent(length, type);
        _saved.Add(span);
        return span;
    }

    /// <summary>Ends Forward: the operation is recorded where a parent requires a gradient, else what it saved is given back.</summary>
    protected Tensor Complete(Tensor output, params ReadOnlySpan<Tensor> parents)
    {
        Output = output;
        output.IsOwned = true;
        output.RequiresGradient = Tape.Tracks(parents);
        Tape.Watcher?.Computed(this, parents);
        if (output.RequiresGradient)
        {
            Tape.Add(this, parents);
        }
        else
        {
            FreeSaved();
        }

        return output;
    }

    /// <summary>Announces a share of a whole gradient; returns whether it must be added to an earlier one.</summary>
    protected bool Claim(Tensor tensor)
    {
        if (!tensor.Preactivation.IsEmpty)
        {
            throw new InvalidOperationException(
                $"{GetType().Name} read the output of a GELU, whose gradient only a linear layer carries back.");
        }

        return tensor.Claim(Tape, 0, tensor.Length);
    }

    /// <summary>Announces a share of a gradient that a kernel can only overwrite.</summary>
    /// <exception cref="InvalidOperationException">Another share has arrived before.</exception>
    protected void ClaimFirst(Tensor tensor)
    {
        if (Claim(tensor))
        {
            throw new InvalidOperationException(
                $"{GetType().Name} overwrites its input's gradient, but another operation has read that input too.");
        }
    }

    /// <summary>
    /// Announces shares of gradients that a kernel either overwrites together or adds to together. Where only some
    /// hold an earlier share, the others are cleared and all are added to. Returns whether to add.
    /// </summary>
    protected bool ClaimTogether(params ReadOnlySpan<TensorSlice> slices)
    {
        Span<bool> written = stackalloc bool[slices.Length];
        bool accumulate = false;
        for (int i = 0; i < slices.Length; i++)
        {
            written[i] = slices[i].Tensor.Claim(Tape, slices[i].Start, slices[i].Length);
            accumulate |= written[i];
        }

        for (int i = 0; accumulate && i < slices.Length; i++)
        {
            if (!written[i])
            {
                Tape.Device.Clear(slices[i].Gradient);
            }
        }

        return accumulate;
    }

    /// <summary>Gives back everything that this operation made and saved.</summary>
    internal void Free()
    {
        FreeSaved();
        Tape.Return(Output.TakeData());
        Tape.Return(Output.TakeGradient());
    }

    private void FreeSaved()
    {
        foreach (DeviceSpan span in _saved)
        {
            Tape.Return(span);
        }

        _saved.Clear();
    }
}
