using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;

namespace DoRA.Pipeline.Clips;

/// <summary>Makes all views of a clip on one thread, with memory of its own.</summary>
internal sealed class ClipMaker(IClipReader reader, ViewSampler sampler) : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private readonly ViewRecipe[] _globals = new ViewRecipe[sampler.Rules.Globals.Count];
    private readonly ViewRecipe[] _locals = new ViewRecipe[sampler.Rules.LocalViews];
    private DeviceSpan _frame, _crop, _views;

    /// <summary>Makes the views of one frame.</summary>
    /// <param name="batch">Filled at <paramref name="image"/>.</param>
    /// <param name="image">Number of the frame in the batch.</param>
    /// <param name="key">Names the frame's random numbers.</param>
    /// <returns>False where the video is damaged at that time: nothing was made.</returns>
    public bool Make(ClipBatch batch, int image, FrameKey key, int video, double seconds)
    {
        ReadOnlySpan<byte> bytes = reader.Read(video, seconds, out FrameFormat format);
        if (reader.IsDamaged)
        {
            return false;
        }

        (CropBox box, PictureSize crop) = sampler.Crop(key, new(format.DisplayHeight, format.DisplayWidth));
        Reserve(ref _frame, format.Bytes, ElementType.Byte);
        Reserve(ref _crop, 3L * crop.Pixels, ElementType.Float32);
        _device.Upload(_frame.Slice(0, format.Bytes), bytes);
        _device.Kernels.Augment.CropFrames(_crop, _frame, [new FrameCut(0, format, box)], crop);

        for (int view = 0; view < _globals.Length; view++)
        {
            _globals[view] = sampler.Global(key, view, crop);
        }

        for (int view = 0; view < _locals.Length; view++)
        {
            _locals[view] = sampler.Local(key, view, crop);
        }

        MakeViews(_globals, crop, sampler.Rules.GlobalSize, batch.GlobalLength);
        for (int view = 0; view < _globals.Length; view++)
        {
            _device.Download(batch.Global(view, image), _views.Slice((long)view * batch.GlobalLength, batch.GlobalLength));
        }

        MakeViews(_locals, crop, sampler.Rules.Local.Size, batch.LocalLength);
        for (int view = 0; view < _locals.Length; view++)
        {
            _device.Download(batch.Local(view, image), _views.Slice((long)view * batch.LocalLength, batch.LocalLength));
        }

        return true;
    }

    public void Dispose()
    {
        reader.Dispose();
        foreach (DeviceSpan span in new[] { _frame, _crop, _views })
        {
            if (!span.IsEmpty)
            {
                span.Buffer.Dispose();
            }
        }

        _device.Dispose();
    }

    private void MakeViews(ViewRecipe[] recipes, PictureSize crop, int size, int length)
    {
        Reserve(ref _views, (long)recipes.Length * length, ElementType.Float32);
        _device.Kernels.Augment.MakeViews(_views, _crop, recipes, crop, new(size, size));
    }

    /// <summary>Memory only grows, so that frames of one size are made without allocating.</summary>
    private void Reserve(ref DeviceSpan span, long length, ElementType type)
    {
        if (!span.IsEmpty && span.Length >= length)
        {
            return;
        }

        if (!span.IsEmpty)
        {
            span.Buffer.Dispose();
        }

        span = _device.Allocate(length, type);
    }
}
