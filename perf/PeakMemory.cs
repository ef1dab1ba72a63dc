namespace DoRA.Perf;

/// <summary>The most memory that the process holds from now on, looked at twenty times a second.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Timer _timer;
    private long _bytes = Environment.WorkingSet;

    public PeakMemory() => _timer = new(_ => Look(), null, 0, 50);

    public long Bytes
    {
        get
        {
            Look();
            return Interlocked.Read(ref _bytes);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long now = Environment.WorkingSet;
        for (long before = Interlocked.Read(ref _bytes); now > before; before = Interlocked.Read(ref _bytes))
        {
            Interlocked.CompareExchange(ref _bytes, now, before);
        }
    }
}
