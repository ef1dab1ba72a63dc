using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>A deadline that FFmpeg asks about while it reads, so that a file which keeps it waiting is given up.</summary>
internal sealed unsafe class Watchdog : IDisposable
{
    private readonly TimeSpan limit;
    private long* deadline;

    public Watchdog(TimeSpan limit)
    {
        this.limit = limit;
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
