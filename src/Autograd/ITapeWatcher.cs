namespace DoRA.Autograd;

/// <summary>Looks on while a tape computes, to find what went wrong or where the time goes.</summary>
public interface ITapeWatcher
{
    /// <summary>An operation's output has been computed, on a tape that may not be recording.</summary>
    /// <param name="parents">What it read, parameters among it.</param>
    void Computed(Op op, ReadOnlySpan<Tensor> parents);

    /// <summary>An operation has brought its parents their gradients.</summary>
    void Walked(Op op);
}
