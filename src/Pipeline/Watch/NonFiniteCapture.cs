using System.Text.Json;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Watch;

/// <summary>
/// Keeps what led to a loss that is no finite number, in the run's folder under <c>non-finite/</c>: the step's clips as a picture, their
/// views as safetensors with the times that they were taken from, and the operation in which the first bad value arose.
/// </summary>
/// <param name="remake">Makes a step's views again.</param>
/// <param name="videos">The videos' paths, in the order that clips name them by.</param>
public sealed class NonFiniteCapture(
    string folder, StudentTeacher model, TrainingSchedule schedule, Func<int, (IReadOnlyList<ClipTimes> Clips, TrainingBatch Views)> remake,
    IReadOnlyList<string> videos)
{
    private const int ClipsDrawn = 8;

    /// <summary>Takes the step again and writes what it finds.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <returns>What went wrong, in sentences.</returns>
    public string Explain(int step)
    {
        (IReadOnlyList<ClipTimes> clips, TrainingBatch views) = remake(step);
        string found = model.FindNonFinite(views, schedule.At(step)) is { } place
            ? $"The first value that is no finite number is in {place}."
            : "Taken again, the step gives finite numbers, so the cause was not in its clips or weights alone.";
        try
        {
            string path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "non-finite")).FullName, $"step-{step + 1}");
            float[] globals = Download(views.Globals);
            using (SKBitmap drawing = Draw(globals, views))
            {
                PictureSheet.WritePng($"{path}.png", drawing);
            }

            SafetensorsWriter.Write($"{path}.safetensors", Views(globals, views), new Dictionary<string, string>
            {
                ["found"] = found,
                ["clips"] = JsonSerializer.Serialize(clips.Select(clip => new { video = videos[clip.Video], seconds = clip.Seconds })),
            });
            return $"{found} The step's clips are in {path}.png and {path}.safetensors.";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{found} The step's clips could not be saved ({error.Message}).";
        }
    }

    private Dictionary<string, TensorContent> Views(float[] globals, TrainingBatch views)
    {
        Dictionary<string, TensorContent> tensors = new() { ["globals"] = Tensor(globals, views.Globals) };
        if (views.LocalViews > 0)
        {
            tensors["locals"] = Tensor(Download(views.Locals), views.Locals);
        }

        return tensors;

        TensorContent Tensor(float[] pixels, ImageBatch images) => HostTensor.Of(
            pixels, images.Count / views.Images, views.Clips, views.Frames, RgbImage.Channels, images.Height, images.Width);
    }

    private float[] Download(ImageBatch images)
    {
        float[] pixels = new float[images.Pixels.Length];
        model.Device.Download<float>(pixels, images.Pixels);
        return pixels;
    }

    /// <summary>A row a clip: its first global view in every frame.</summary>
    private static SKBitmap Draw(float[] globals, TrainingBatch views)
    {
        int length = (int)views.Globals.ImageLength;
        return PictureSheet.Of([.. Enumerable.Range(0, Math.Min(ClipsDrawn, views.Clips)).Select(clip =>
            (IReadOnlyList<SKBitmap>)[.. Enumerable.Range(0, views.Frames).Select(frame => Overlay.Bitmap(Normalization.ImageNet.Undo(
                globals.AsSpan(((clip * views.Frames) + frame) * length, length), views.Globals.Width, views.Globals.Height)))])]);
    }
}
