using System.Diagnostics;

namespace DoRA.Kernels;

/// <summary>A point in a device's queue of work, which can be set again and again. On a device whose calls are done when they return it is a time.</summary>
public class QueueMark : IDisposable
{
    private long _time;

    /// <summary>Moves the mark behind all work queued so far.</summary>
    public virtual void Set() => _time = Stopwatch.GetTimestamp();

    /// <summary>Waits for the work before the mark; for nothing where it was never set.</summary>
    public virtual void Await() { }

    /// <summary>What the work between two marks of one device took; waits for it.</summary>
    public virtual double SecondsSince(QueueMark earlier) => Stopwatch.GetElapsedTime(earlier._time, _time).TotalSeconds;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}
