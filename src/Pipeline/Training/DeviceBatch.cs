using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;

namespace DoRA.Pipeline.Training;

/// <summary>
/// Device memory for one step's views; for two steps' where uploads run beside the kernels, so that the next step's come while this one's are
/// read.
/// </summary>
internal sealed class DeviceBatch : IDisposable
{
    private readonly Device _device;
    private readonly Place[] _places;
    private int _uploads;

    public DeviceBatch(Device device, ViewRules views, int clips, int frames)
    {
        _device = device;
        int images = clips * frames;
        _places = [.. Enumerable.Range(0, device.OverlapsUploads ? 2 : 1).Select(_ => new Place(
            new(clips, frames, Allocate(views.Globals.Count * images, views.GlobalSize), Allocate(views.LocalViews * images, views.Local.Size)),
            device.CreateMark()))];
    }

    private TrainingBatch First => _places[0].Batch;

    /// <summary>Copies a step's views, beside what is queued. What the call before gave stays as it is.</summary>
    public TrainingBatch Upload(ClipBatch batch)
    {
        // All that reads the last step's views is queued by now; what read those before them was when its mark was set.
        _places[(_uploads + _places.Length - 1) % _places.Length].Read.Set();
        Place place = _places[_uploads++ % _places.Length];
        batch.UploadTo(_device, place.Batch.Globals.Pixels, place.Batch.LocalViews > 0 ? place.Batch.Locals.Pixels : default, place.Read);
        return place.Batch;
    }

    /// <summary>Fills the views with noise, for steps that only count as work.</summary>
    public TrainingBatch UploadNoise(Random random)
    {
        foreach (ImageBatch images in (ImageBatch[])[First.Globals, First.Locals])
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

        return First;
    }

    public void Dispose()
    {
        foreach (Place place in _places)
        {
            place.Batch.Globals.Pixels.Buffer.Dispose();
            place.Batch.Locals.Pixels.Buffer.Dispose();
            place.Read.Dispose();
        }
    }

    private ImageBatch Allocate(int count, int size) => new(_device.Allocate(3L * count * size * size, ElementType.Float32), count, size, size);

    /// <param name="Read">Behind all that reads the views.</param>
    private sealed record Place(TrainingBatch Batch, QueueMark Read);
}
