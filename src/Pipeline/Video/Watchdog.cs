using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>A deadline that FFmpeg asks about while it reads, so that a file which keeps it waiting is given up.</summary>
internal sealed unsafe class Watchdog : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private readonly TimeSpan limit, grace;
    private long* deadline;

    /// <param name="limit">The longest wait until the next <see cref="Restart"/>.</param>
    /// <param name="grace">What a call has beyond it to come back by itself; 10 s when null.</param>
    public Watchdog(TimeSpan limit, TimeSpan? grace = null)
    {
        (this.limit, this.grace) = (limit, grace ?? Grace);
        deadline = (long*)NativeMemory.Alloc(sizeof(long));
        Restart();
    }

    /// <summary>What FFmpeg calls. The watchdog must outlive the context that holds this.</summary>
    public AVIOInterruptCB Callback => new()
    {
        callback = new AVIOInterruptCB_callback_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, int>)&HasExpired },
        opaque = deadline,
    };

    public bool Expired => HasPassed(deadline);

    /// <summary>How long a call may still take before it counts as hung: it has had its time to notice the deadline by itself.</summary>
    public TimeSpan UntilHung => TimeSpan.FromMilliseconds(Math.Max(0, *deadline + (long)grace.TotalMilliseconds - Environment.TickCount64));

    public void Restart() => *deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;

    public void Dispose()
    {
        NativeMemory.Free(deadline);
        deadline = null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int HasExpired(void* opaque) => HasPassed((long*)opaque) ? 1 : 0;

    private static bool HasPassed(long* deadline) => Environment.TickCount64 >= *deadline;
}
