namespace DoRA.Autograd;

/// <summary>A trained tensor: a named slice of its store's flat buffers.</summary>
public sealed class Parameter : Tensor
{
    private readonly List<(long Start, long End)> _written = [];

    internal Parameter(string name, long offset, Initialisation initialisation, bool trained, ReadOnlySpan<int> shape)
        : base(default, shape, trained)
    {
        Name = name;
        Offset = offset;
        Initialisation = initialisation;
    }

    /// <summary>The authors' name, as <c>backbone.blocks.0.attn.qkv.weight</c>.</summary>
    public string Name { get; }

    /// <summary>First element in the flat buffers; a multiple of 16.</summary>
    public long Offset { get; }

    /// <summary>How it starts.</summary>
    public Initialisation Initialisation { get; }

    /// <summary>Biases and one-dimensional parameters are not decayed.</summary>
    public bool HasWeightDecay => Shape.Count > 1 && !Name.EndsWith(".bias", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool HasGradient => _written is [(0, long end)] && end == Length;

    /// <summary>Elements <paramref name="count"/> from <paramref name="start"/>.</summary>
    public TensorSlice Slice(long start, long count) => new(this, start, count);

    internal void Bind(ParameterStore store)
    {
        Data = store.Weights.Slice(Offset, Length);
        RequiresGradient &= !store.Gradients.IsEmpty;
        Gradient = RequiresGradient ? store.Gradients.Slice(Offset, Length) : default;
    }

    /// <summary>The next share of the gradient overwrites what is there.</summary>
    internal void ForgetGradient() => _written.Clear();

    /// <inheritdoc/>
    internal override bool Claim(Tape tape, long start, long length)
    {
        long end = start + length;
        if (_written.Exists(run => run.Start <= start && end <= run.End))
        {
            return true;
        }

        if (_written.Exists(run => run.Start < end && start < run.End))
        {
            throw new InvalidOperationException($"A share of {Name}'s gradient covers another one in part.");
        }

        _written.Add((start, end));
        MergeNeighbours();
        return false;
    }

    private void MergeNeighbours()
    {
        _written.Sort();
        for (int i = _written.Count - 1; i > 0; i--)
        {
            if (_written[i - 1].End == _written[i].Start)
            {
                _written[i - 1] = (_written[i - 1].Start, _written[i].End);
                _written.RemoveAt(i);
            }
        }
    }
}
