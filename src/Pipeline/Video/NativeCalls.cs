using System.Runtime.ExceptionServices;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Makes calls into FFmpeg on a thread of its own, so that one which hangs can be left behind: a native call cannot be stopped from outside. What it
/// works on stays with its thread, which frees it should the call come back; the thread does not keep the process from ending.
/// </summary>
internal sealed class NativeCalls : IDisposable
{
    private readonly Watchdog _watchdog;
    private readonly Action _release;
    private readonly SemaphoreSlim _asked = new(0), _answered = new(0);
    private Action? _call;
    private ExceptionDispatchInfo? _failure;
    private bool _isOver;

    /// <param name="watchdog">The deadline of the calls, which they put off as they get on; released with them.</param>
    /// <param name="release">Frees what the calls work on.</param>
    public NativeCalls(Watchdog watchdog, Action release)
    {
        (_watchdog, _release) = (watchdog, release);
        new Thread(Work) { Name = "FFmpeg", IsBackground = true }.Start();
    }

    /// <summary>Makes a call and waits for it.</summary>
    /// <param name="call">Runs on the other thread; what it throws is thrown here.</param>
    /// <param name="hung">What to throw when the call does not come back.</param>
    public void Run(Action call, Func<Exception> hung)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _watchdog.Restart();
        (_call, _failure) = (call, null);
        _asked.Release();
        while (!_answered.Wait(_watchdog.UntilHung))
        {
            if (_watchdog.UntilHung == TimeSpan.Zero)
            {
                // Its end is asked for, should the call ever come back.
                End();
                throw hung();
            }
        }

        _failure?.Throw();
    }

    /// <summary>Frees what the calls worked on; after a call that hung nothing is waited for.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        End();
        _answered.Wait();
        _failure?.Throw();
    }

    private void End()
    {
        _isOver = true;
        (_call, _failure) = (null, null);
        _asked.Release();
    }

    private void Work()
    {
        while (true)
        {
            _asked.Wait();
            Action? call = _call;
            try
            {
                (call ?? Release)();
            }
            catch (Exception exception)
            {
                // Whatever it is, it belongs to the thread that asked.
                _failure = ExceptionDispatchInfo.Capture(exception);
            }

            _answered.Release();
            if (call is null)
                return;
        }
    }

    private void Release()
    {
        _release();
        _watchdog.Dispose();
    }
}
