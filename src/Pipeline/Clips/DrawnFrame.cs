using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>A decoded frame and what was drawn for its views; filled again and again.</summary>
internal sealed class DrawnFrame(ViewSampler sampler)
{
    private readonly ViewRecipe[] _globals = new ViewRecipe[sampler.Rules.Globals.Count], _locals = new ViewRecipe[sampler.Rules.LocalViews];
    private VideoFrame? _frame;
    private CropBox _box;

    public VideoFrame Frame => _frame ?? throw new InvalidOperationException("The frame was given back.");

    /// <summary>Bytes before the frame in the memory that kernels read it from.</summary>
    public long Offset { get; set; }

    /// <summary>What is cut out of the frame before the views.</summary>
    public FrameCut Cut => new(Offset, Frame.Format, _box);

    /// <summary>Size of what is cut out.</summary>
    public PictureSize Crop { get; private set; }

    /// <summary>A recipe for each global view, from source 0.</summary>
    public ReadOnlySpan<ViewRecipe> Globals => _globals;

    /// <summary>A recipe for each local view, from source 0.</summary>
    public ReadOnlySpan<ViewRecipe> Locals => _locals;

    /// <summary>Takes a frame over and draws for it.</summary>
    /// <param name="key">Names the frame's random numbers.</param>
    public void Draw(VideoFrame frame, FrameKey key)
    {
        (_frame, Offset) = (frame, frame.MemoryOffset);
        (_box, Crop) = sampler.Crop(key, new(frame.Format.DisplayHeight, frame.Format.DisplayWidth));
        for (int view = 0; view < _globals.Length; view++)
        {
            _globals[view] = sampler.Global(key, view, Crop);
        }

        for (int view = 0; view < _locals.Length; view++)
        {
            _locals[view] = sampler.Local(key, view, Crop);
        }
    }

    /// <summary>Gives the frame's memory back, whose pool waits for its upload before it is used again; what was drawn is void then.</summary>
    public void Release()
    {
        _frame?.Dispose();
        _frame = null;
    }
}
