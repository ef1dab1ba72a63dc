using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// The views of one step's clips, normalised, in host memory that suits the device's uploads. An image is one frame of one clip, image i = clip · frames + frame;
/// so for DoRA the first axes of the globals read [view, clips, frames], and for DINO [view, images].
/// </summary>
public sealed class ClipBatch : IDisposable
{
    private readonly int _globals, _locals;
    private readonly HostBuffer _memory;

    internal ClipBatch(ViewRules views, int clips, int frames, Device device)
    {
        Images = clips * frames;
        GlobalLength = 3 * views.GlobalSize * views.GlobalSize;
        LocalLength = 3 * views.Local.Size * views.Local.Size;
        _globals = checked(views.Globals.Count * Images * GlobalLength);
        _locals = checked(views.LocalViews * Images * LocalLength);
        _memory = device.AllocateHost(((long)_globals + _locals) * sizeof(float));
        Times = new ClipTimes[clips];
    }

    /// <summary>The step that the batch is for.</summary>
    public long Step { get; internal set; }

    /// <summary>Clips that fell on damaged pictures and were drawn again, possibly more than once.</summary>
    public int DamagedClips { get; internal set; }

    /// <summary>Clips times frames.</summary>
    public int Images { get; }

    /// <summary>[global views, clips, frames, 3, global size, global size].</summary>
    public Span<float> Globals => _memory.Elements<float>(0, _globals);

    /// <summary>[local views, clips, frames, 3, local size, local size].</summary>
    public Span<float> Locals => _memory.Elements<float>(_globals, _locals);

    /// <summary>Where each clip was taken from.</summary>
    public IReadOnlyList<ClipTimes> Clips => Times;

    public void Dispose() => _memory.Dispose();

    /// <summary>Queues copies to the device, after a mark behind all that uses the memory there.</summary>
    /// <param name="locals">Empty where there are none.</param>
    internal void UploadTo(Device device, DeviceSpan globals, DeviceSpan locals, QueueMark after)
    {
        device.UploadBeside(globals, _memory, 0, after);
        if (!locals.IsEmpty)
        {
            device.UploadBeside(locals, _memory, _globals, after);
        }
    }

    /// <summary>Waits until the device has read what <see cref="UploadTo"/> queued; only then may the views change.</summary>
    internal void AwaitUpload() => _memory.AwaitUploads();

    internal ClipTimes[] Times { get; }

    /// <summary>Floats of one global view.</summary>
    internal int GlobalLength { get; }

    /// <summary>Floats of one local view.</summary>
    internal int LocalLength { get; }

    internal Span<float> Global(int view, int image) => Globals.Slice(((view * Images) + image) * GlobalLength, GlobalLength);

    internal Span<float> Local(int view, int image) => Locals.Slice(((view * Images) + image) * LocalLength, LocalLength);
}
