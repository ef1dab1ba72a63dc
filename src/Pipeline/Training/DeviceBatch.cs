using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;

namespace DoRA.Pipeline.Training;

/// <summary>Device memory for one step's views.</summary>
internal sealed class DeviceBatch : IDisposable
{
    private readonly Device _device;
    private readonly TrainingBatch _batch;

    public DeviceBatch(Device device, ViewRules views, int clips, int frames)
    {
        _device = device;
        int images = clips * frames;
        _batch = new(clips, frames, Allocate(views.Globals.Count * images, views.GlobalSize), Allocate(views.LocalViews * images, views.Local.Size));
    }

    /// <summary>Copies a step's views; what was there is overwritten.</summary>
    public TrainingBatch Upload(ClipBatch batch)
    {
        _device.Upload<float>(_batch.Globals.Pixels, batch.Globals);
        if (_batch.LocalViews > 0)
        {
            _device.Upload<float>(_batch.Locals.Pixels, batch.Locals);
        }

        return _batch;
    }

    /// <summary>Fills the views with noise, for steps that only count as work.</summary>
    public TrainingBatch UploadNoise(Random random)
    {
        foreach (ImageBatch images in (ImageBatch[])[_batch.Globals, _batch.Locals])
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

        return _batch;
    }

    public void Dispose()
    {
        _batch.Globals.Pixels.Buffer.Dispose();
        _batch.Locals.Pixels.Buffer.Dispose();
    }

    private ImageBatch Allocate(int count, int size) => new(_device.Allocate(3L * count * size * size, ElementType.Float32), count, size, size);
}
