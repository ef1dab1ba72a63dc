using DoRA.Kernels.Augment;
using DoRA.Model;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using SkiaSharp;

namespace DoRA.Pipeline.Visualise;

/// <summary>The objects that the tracker discovers in the first picture, followed through the others: a colour is an object.</summary>
/// <param name="tracker">How to discover; it takes the network's first heads.</param>
internal sealed class TracksDrawing(WholePicture whole, TrackerConfiguration tracker) : IDrawing
{
    /// <summary>Pictures in memory at a time. An object's mask depends on its own picture and on the first alone, which each batch begins with.</summary>
    private const int Batch = 8;

    public IEnumerable<SKBitmap> Draw(PictureInput input)
    {
        float[]? first = null;
        PictureSize size = default;
        foreach (RgbImage[] pictures in input.All().Chunk(Batch))
        {
            size = first is null ? whole.SizeOf(pictures[0]) : size;
            float[][] planes = [.. pictures.Select(picture => whole.Planes(picture, size))];
            first ??= planes[0];
            TrackedClip clip = whole.Encoder.Track(
                [.. planes.Prepend(first).SelectMany(values => values)], 1 + pictures.Length, size.Height, size.Width, tracker, Fidelity.Paper);
            for (int i = 0; i < pictures.Length; i++)
            {
                yield return Overlay.Tracks(pictures[i], clip, 1 + i);
            }
        }
    }
}
