using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>A call that does not come back is left behind with an error that names file and place.</summary>
public class NativeCallsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public void A_call_that_hangs_is_left_behind()
    {
        using ManualResetEventSlim comeBack = new(), released = new();
        NativeCalls calls = new(new Watchdog(TimeSpan.Zero, grace: TimeSpan.FromMilliseconds(50)), released.Set);
        Assert.That(() => calls.Run(() => comeBack.Wait(Patience), () => VideoErrors.Hung("walk.mp4", 12.3)),
            Throws.TypeOf<UserException>().With.Message.Contains("'walk.mp4'").And.Message.Contains("12.3 s"));
        Assert.That(() => calls.Run(() => { }, () => new AssertionException("no call is made")), Throws.TypeOf<ObjectDisposedException>());
        calls.Dispose();
        Assert.That(released.IsSet, Is.False, "what hangs is still in use");
        comeBack.Set();
        Assert.That(released.Wait(Patience), Is.True, "a call that comes back after all frees what it used");
    }

    [Test]
    public void Calls_come_back_with_what_they_throw()
    {
        bool released = false;
        int done = 0;
        using (NativeCalls calls = new(new Watchdog(TimeSpan.FromSeconds(20)), () => released = true))
        {
            for (int i = 0; i < 1000; i++)
                calls.Run(() => done++, () => new AssertionException("nothing hangs"));
            Assert.That(() => calls.Run(() => throw new InvalidDataException("bad"), () => new AssertionException("nothing hangs")),
                Throws.TypeOf<InvalidDataException>(), "errors reach the caller");
        }

        Assert.That((done, released), Is.EqualTo((1000, true)));
    }
}
