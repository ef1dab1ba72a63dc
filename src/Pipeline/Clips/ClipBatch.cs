using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// One step's clips. For a device of the host they are views, normalised; for a card decoded frames with what was drawn for each, of which the card
/// makes the views. An image is one frame of one clip, image i = clip · frames + frame; so for DoRA the first axes of the globals read
/// [view, clips, frames], and for DINO [view, images].
/// </summary>
public sealed class ClipBatch : IDisposable
{
    private readonly int _locals;

    internal ClipBatch(ViewSampler sampler, int clips, int frames, Device device)
    {
        ViewRules views = sampler.Rules;
        Images = clips * frames;
        GlobalFloats = checked(views.Globals.Count * Images * 3 * views.GlobalSize * views.GlobalSize);
        _locals = checked(views.LocalViews * Images * 3 * views.Local.Size * views.Local.Size);
        Memory = device.IsHost ? device.AllocateHost(((long)GlobalFloats + _locals) * sizeof(float)) : null;
        Drawn = [.. Enumerable.Range(0, Images).Select(_ => new DrawnFrame(sampler))];
        Times = new ClipTimes[clips];
    }

    /// <summary>The step that the batch is for.</summary>
    public long Step { get; internal set; }

    /// <summary>Clips that fell on damaged pictures and were drawn again, possibly more than once.</summary>
    public int DamagedClips { get; internal set; }

    /// <summary>Clips times frames.</summary>
    public int Images { get; }

    /// <summary>[global views, clips, frames, 3, global size, global size].</summary>
    /// <exception cref="InvalidOperationException">The batch is for a card.</exception>
    public Span<float> Globals => Views.Elements<float>(0, GlobalFloats);

    /// <summary>[local views, clips, frames, 3, local size, local size].</summary>
    /// <exception cref="InvalidOperationException">The batch is for a card.</exception>
    public Span<float> Locals => Views.Elements<float>(GlobalFloats, _locals);

    /// <summary>Where each clip was taken from.</summary>
    public IReadOnlyList<ClipTimes> Clips => Times;

    /// <summary>Gives back the views or the frames.</summary>
    public void Dispose()
    {
        foreach (DrawnFrame drawn in Drawn)
        {
            drawn.Release();
        }

        Memory?.Dispose();
    }

    internal ClipTimes[] Times { get; }

    /// <summary>The images' frames; those whose views are made already were given back.</summary>
    internal DrawnFrame[] Drawn { get; }

    /// <summary>The globals and then the locals; null where a card makes them.</summary>
    internal HostBuffer? Memory { get; }

    /// <summary>Floats of all global views.</summary>
    internal int GlobalFloats { get; }

    private HostBuffer Views => Memory ?? throw new InvalidOperationException("Views for a card are made there.");
}
