using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// Makes the views of drawn frames on a device. Neighbours whose crops are of one size are made together, as many as a budget of memory allows:
/// DINO's crops are whole frames in float32, of each video's size.
/// </summary>
/// <param name="images">Frames of the batch whose views these are.</param>
/// <param name="budget">Bytes of crops and views that are worked on at a time; one frame is made whatever it takes.</param>
internal sealed class ViewMaker(Device device, ViewRules rules, int images, long budget = ViewMaker.UsualBudget) : IDisposable
{
    /// <summary>Some forty whole frames of 960×540, whose hundreds of views fill a card.</summary>
    public const long UsualBudget = 256L << 20;

    /// <summary>A launch has a row of groups for each view, and at most so many rows.</summary>
    private const int RowsAtMost = 65535;

    private readonly GrowingMemory _crops = new(device, ElementType.Float32), _views = new(device, ElementType.Float32);
    private readonly List<FrameCut> _cuts = [];
    private readonly List<ViewRecipe> _recipes = [];

    /// <summary>Floats of one global view.</summary>
    private int GlobalLength => 3 * rules.GlobalSize * rules.GlobalSize;

    /// <summary>Floats of one local view.</summary>
    private int LocalLength => 3 * rules.Local.Size * rules.Local.Size;

    /// <summary>Queues the work on all views of some frames.</summary>
    /// <param name="globals">[global views, images, 3, global size, global size], written where the frames' images are.</param>
    /// <param name="locals">[local views, images, 3, local size, local size], likewise.</param>
    /// <param name="frames">The frames' bytes, each at its <see cref="DrawnFrame.Offset"/>.</param>
    /// <param name="drawn">The frames.</param>
    /// <param name="first">Number of the first one in the batch.</param>
    public void Make(DeviceSpan globals, DeviceSpan locals, DeviceSpan frames, ReadOnlySpan<DrawnFrame> drawn, int first)
    {
        while (!drawn.IsEmpty)
        {
            int count = 1, most = Most(drawn[0].Crop);
            while (count < Math.Min(most, drawn.Length) && drawn[count].Crop == drawn[0].Crop)
            {
                count++;
            }

            MakeTogether(globals, locals, frames, drawn[..count], first);
            drawn = drawn[count..];
            first += count;
        }
    }

    public void Dispose()
    {
        _crops.Dispose();
        _views.Dispose();
    }

    /// <summary>Frames with crops of one size that are made together.</summary>
    private int Most(PictureSize crop)
    {
        long views = Math.Max((long)rules.Globals.Count * GlobalLength, (long)rules.LocalViews * LocalLength);
        long fitting = budget / (((3L * crop.Pixels) + views) * sizeof(float));
        return (int)Math.Clamp(fitting, 1, RowsAtMost / Math.Max(rules.Globals.Count, rules.LocalViews));
    }

    private void MakeTogether(DeviceSpan globals, DeviceSpan locals, DeviceSpan frames, ReadOnlySpan<DrawnFrame> drawn, int first)
    {
        PictureSize size = drawn[0].Crop;
        _cuts.Clear();
        foreach (DrawnFrame frame in drawn)
        {
            _cuts.Add(frame.Cut);
        }

        DeviceSpan crops = _crops.Reserve(3L * size.Pixels * drawn.Length);
        device.Kernels.Augment.CropFrames(crops, frames, CollectionsMarshal.AsSpan(_cuts), size);
        MakeKind(globals, crops, drawn, (frame, view) => frame.Globals[view], rules.Globals.Count, rules.GlobalSize, GlobalLength, first);
        MakeKind(locals, crops, drawn, (frame, view) => frame.Locals[view], rules.LocalViews, rules.Local.Size, LocalLength, first);
    }

    /// <summary>All global or all local views in one go, which are then brought to their places: each view's images lie apart from the others'.</summary>
    /// <param name="recipe">Of a frame's view.</param>
    private void MakeKind(
        DeviceSpan destination, DeviceSpan crops, ReadOnlySpan<DrawnFrame> drawn, Func<DrawnFrame, int, ViewRecipe> recipe, int views, int size,
        int length, int first)
    {
        if (views == 0)
        {
            return;
        }

        _recipes.Clear();
        for (int view = 0; view < views; view++)
        {
            for (int i = 0; i < drawn.Length; i++)
            {
                _recipes.Add(recipe(drawn[i], view) with { Source = i });
            }
        }

        long run = (long)drawn.Length * length;
        DeviceSpan made = _views.Reserve(views * run);
        device.Kernels.Augment.MakeViews(made, crops, CollectionsMarshal.AsSpan(_recipes), drawn[0].Crop, new(size, size));
        for (int view = 0; view < views; view++)
        {
            device.Copy(destination.Slice((((long)view * images) + first) * length, run), made.Slice(view * run, run));
        }
    }
}
