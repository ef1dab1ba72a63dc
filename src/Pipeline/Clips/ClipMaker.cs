using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>Reads a clip's frames and draws for them on one thread; makes their views too, with memory of its own, where the batch holds views.</summary>
internal sealed class ClipMaker(IClipReader reader, ViewRules rules) : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private ViewMaker? _maker;

    /// <summary>Makes one frame's part of a batch.</summary>
    /// <param name="image">Number of the frame in the batch.</param>
    /// <param name="key">Names the frame's random numbers.</param>
    /// <returns>False where the video is damaged at that time: nothing was made.</returns>
    public bool Make(ClipBatch batch, int image, FrameKey key, int video, double seconds)
    {
        // The frame of an earlier step, or of a clip that is drawn again.
        DrawnFrame drawn = batch.Drawn[image];
        drawn.Release();
        VideoFrame frame = reader.Read(video, seconds);
        if (frame.IsDamaged)
        {
            frame.Dispose();
            return false;
        }

        drawn.Draw(frame, key);
        if (batch.Memory is { } views)
        {
            MakeViews(batch, views, image);
            drawn.Release();
        }

        return true;
    }

    public void Dispose()
    {
        reader.Dispose();
        _maker?.Dispose();
        _device.Dispose();
    }

    /// <summary>From the frame where it lies to the batch's memory.</summary>
    private void MakeViews(ClipBatch batch, HostBuffer memory, int image)
    {
        ReadOnlySpan<DrawnFrame> drawn = batch.Drawn.AsSpan(image, 1);
        using DeviceBuffer frame = _device.View(drawn[0].Frame.Memory), views = _device.View(memory);
        DeviceSpan all = views.AsSpan(ElementType.Float32);
        _maker ??= new(_device, rules, batch.Images);
        _maker.Make(all.Slice(0, batch.GlobalFloats), all.Slice(batch.GlobalFloats), frame.AsSpan(ElementType.Byte), drawn, image);
    }
}
