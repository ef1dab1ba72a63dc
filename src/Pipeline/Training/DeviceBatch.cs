using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;

namespace DoRA.Pipeline.Training;

/// <summary>
/// Device memory for one step's views. A device of the host is given them; a card is given the frames, beside its kernels, and makes the views from
/// them. The frames have one place there: they are read at the beginning of a step, so that the next step's come while its network runs.
/// </summary>
internal sealed class DeviceBatch : IDisposable
{
    /// <summary>Frames begin on whole lines of a card's cache.</summary>
    private const long Alignment = 128;

    private readonly Device _device;
    private readonly TrainingBatch _views;
    private readonly GrowingMemory _frames;
    private readonly ViewMaker _maker;

    // Behind all that reads the frames.
    private readonly QueueMark _read;

    // Whose frames lie on the card, or are on their way there.
    private ClipBatch? _uploaded;

    /// <param name="budget">As <see cref="ViewMaker"/> has it.</param>
    public DeviceBatch(Device device, ViewRules views, int clips, int frames, long budget = ViewMaker.UsualBudget)
    {
        _device = device;
        int images = clips * frames;
        _views = new(clips, frames, Allocate(views.Globals.Count * images, views.GlobalSize), Allocate(views.LocalViews * images, views.Local.Size));
        _frames = new(device, ElementType.Byte);
        _maker = new(device, views, images, budget);
        _read = device.CreateMark();
    }

    /// <summary>Sends a step's frames to a card, beside its kernels, once those have made the views before. Waits only where they take more memory than any before.</summary>
    public void Upload(ClipBatch batch)
    {
        if (_device.IsHost)
        {
            return;
        }

        long bytes = 0;
        foreach (DrawnFrame frame in batch.Drawn)
        {
            frame.Offset = bytes;
            bytes += (frame.Frame.Format.Bytes + Alignment - 1) / Alignment * Alignment;
        }

        DeviceSpan memory = _frames.Reserve(bytes);
        foreach (DrawnFrame frame in batch.Drawn)
        {
            _device.UploadBeside(memory.Slice(frame.Offset, frame.Frame.Format.Bytes), frame.Frame.Memory, frame.Frame.MemoryOffset, _read);
        }

        _uploaded = batch;
    }

    /// <summary>A step's views, in the memory of those before; what reads these must be queued. Sends a card the frames that it has not got.</summary>
    public TrainingBatch Fill(ClipBatch batch)
    {
        if (_device.IsHost)
        {
            _device.Upload<float>(_views.Globals.Pixels, batch.Globals);
            _device.Upload<float>(_views.Locals.Pixels, batch.Locals);
            return _views;
        }

        if (_uploaded != batch)
        {
            Upload(batch);
        }

        _maker.Make(_views.Globals.Pixels, _views.Locals.Pixels, _frames.Held, batch.Drawn, first: 0);
        _read.Set();
        _uploaded = null;
        return _views;
    }

    /// <summary>Waits until the views that were filled last are made, so that the program is at most the rest of that step ahead of a card.</summary>
    public void AwaitViews() => _read.Await();

    /// <summary>Fills the views with noise, for steps that only count as work.</summary>
    public TrainingBatch UploadNoise(Random random)
    {
        foreach (ImageBatch images in (ImageBatch[])[_views.Globals, _views.Locals])
        {
            if (images.Count > 0)
            {
                float[] pixels = new float[images.Pixels.Length];
                foreach (ref float pixel in pixels.AsSpan())
                {
                    pixel = (2 * random.NextSingle()) - 1;
                }

                _device.Upload<float>(images.Pixels, pixels);
            }
        }

        return _views;
    }

    public void Dispose()
    {
        _views.Globals.Pixels.Buffer.Dispose();
        _views.Locals.Pixels.Buffer.Dispose();
        _frames.Dispose();
        _maker.Dispose();
        _read.Dispose();
    }

    private ImageBatch Allocate(int count, int size) => new(_device.Allocate(3L * count * size * size, ElementType.Float32), count, size, size);
}
