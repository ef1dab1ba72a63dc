using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// The views of one step's clips, normalised, in pinned host memory. An image is one frame of one clip, image i = clip · frames + frame;
/// so for DoRA the first axes of the globals read [view, clips, frames], and for DINO [view, images].
/// </summary>
public sealed class ClipBatch
{
    internal ClipBatch(ViewRules views, int clips, int frames)
    {
        Images = clips * frames;
        GlobalLength = 3 * views.GlobalSize * views.GlobalSize;
        LocalLength = 3 * views.Local.Size * views.Local.Size;
        Globals = GC.AllocateArray<float>(checked(views.Globals.Count * Images * GlobalLength), pinned: true);
        Locals = GC.AllocateArray<float>(checked(views.LocalViews * Images * LocalLength), pinned: true);
        Times = new ClipTimes[clips];
    }

    /// <summary>The step that the batch is for.</summary>
    public long Step { get; internal set; }

    /// <summary>Clips times frames.</summary>
    public int Images { get; }

    /// <summary>[global views, clips, frames, 3, global size, global size].</summary>
    public float[] Globals { get; }

    /// <summary>[local views, clips, frames, 3, local size, local size].</summary>
    public float[] Locals { get; }

    /// <summary>Where each clip was taken from.</summary>
    public IReadOnlyList<ClipTimes> Clips => Times;

    internal ClipTimes[] Times { get; }

    /// <summary>Floats of one global view.</summary>
    internal int GlobalLength { get; }

    /// <summary>Floats of one local view.</summary>
    internal int LocalLength { get; }

    internal Span<float> Global(int view, int image) => Globals.AsSpan(((view * Images) + image) * GlobalLength, GlobalLength);

    internal Span<float> Local(int view, int image) => Locals.AsSpan(((view * Images) + image) * LocalLength, LocalLength);
}
