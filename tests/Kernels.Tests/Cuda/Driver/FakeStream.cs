namespace DoRA.Kernels.Tests.Cuda.Driver;

/// <summary>How early a <see cref="FakeCudaApi"/> does what is queued; a card may do any of these.</summary>
internal enum Eagerness
{
    /// <summary>At once, where no event holds it up.</summary>
    All,

    /// <summary>Streams but the first at once, the first (kernels) only when somebody waits.</summary>
    LaterStreams,

    /// <summary>Only when somebody waits.</summary>
    None,
}

/// <summary>A stream of a <see cref="FakeCudaApi"/>: work in order, of which some waits for other streams.</summary>
internal sealed class FakeStream(bool isFirst)
{
    private readonly Queue<(Action Do, FakeTicket? After)> _work = [];

    public bool IsFirst { get; } = isFirst;

    /// <param name="after">What must be done before; null for nothing.</param>
    public void Add(Action work, FakeTicket? after) => _work.Enqueue((work, after));

    /// <summary>Does what is queued up to the first work that waits.</summary>
    /// <returns>Whether there was any.</returns>
    public bool RunReady()
    {
        bool moves = false;
        while (_work.TryPeek(out (Action Do, FakeTicket? After) next) && next.After?.IsDone != false)
        {
            _work.Dequeue().Do();
            moves = true;
        }

        return moves;
    }

    /// <summary>Does what is queued, up to a ticket or all, and first whatever that waits for.</summary>
    public void Run(FakeTicket? until = null)
    {
        while (until?.IsDone != true && _work.TryPeek(out (Action Do, FakeTicket? After) next))
        {
            if (next.After is { IsDone: false } ticket)
            {
                ticket.Stream.Run(ticket);
            }

            _work.Dequeue().Do();
        }
    }
}

/// <summary>One recording of an event.</summary>
internal sealed class FakeTicket(FakeStream stream)
{
    public FakeStream Stream { get; } = stream;

    public bool IsDone { get; set; }
}
