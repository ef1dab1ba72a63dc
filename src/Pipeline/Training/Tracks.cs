using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Kernels.ObjectTracker;
using DoRA.Model;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Training;

/// <summary>The objects that a trained teacher finds in a video, as a picture.</summary>
public static class Tracks
{
    private const int Frames = 6;
    private const int FewestPatchesASide = 8;
    private const int PixelsASide = 160;

    /// <summary>Tracks objects through frames from the middle of a video, their middle square, and draws them.</summary>
    /// <param name="path">The PNG to write.</param>
    public static void Draw(string path, StudentTeacher model, Settings settings, VideoInfo video)
    {
        // The grid that was trained on, unless it is too coarse to see anything by.
        int patchesASide = Math.Max(FewestPatchesASide, settings.Views.GlobalSize / settings.Model.Patch), patches = patchesASide * patchesASide;
        double spacing = Math.Min(settings.Data.SpacingSeconds, video.DurationSeconds / Frames);
        double first = Math.Max(0, (video.DurationSeconds - ((Frames - 1) * spacing)) / 2);
        double[] seconds = [.. Enumerable.Range(0, Frames).Select(t => first + (t * spacing))];
        float[] masks = Track(model, settings, Read(video.Path, seconds, patchesASide * settings.Model.Patch), patchesASide);

        int objects = settings.Tracker.Objects;
        bool[] Mask(int k, int t) => [.. masks.AsSpan(((t * objects) + k) * patches, patches).ToArray().Select(value => value > 0)];
        TracksPicture.Write(
            path, [.. Read(video.Path, seconds, PixelsASide).Select(ToBytes)],
            [.. Enumerable.Range(0, objects).Select(k => Enumerable.Range(0, Frames).Select(t => Mask(k, t)).ToArray())], PixelsASide, patchesASide);
    }

    /// <summary>Pictures [3, size, size] in 0..1.</summary>
    private static float[][] Read(string path, double[] seconds, int size)
    {
        using CpuDevice device = new(1);
        using VideoReader reader = new(path);
        float[][] pictures = new float[seconds.Length][];
        for (int t = 0; t < seconds.Length; t++)
        {
            using VideoFrame frame = reader.Read(seconds[t]);
            int height = frame.Format.DisplayHeight, width = frame.Format.DisplayWidth, side = Math.Min(height, width);
            using DeviceBuffer bytes = device.Allocate(frame.Format.Bytes), crop = device.Allocate(3L * size * size * sizeof(float));
            device.Upload<byte>(bytes.AsSpan(ElementType.Byte), frame.Bytes);
            CropBox box = new((height - side) / 2, (width - side) / 2, side, side);
            device.Kernels.Augment.CropFrames(
                crop.AsSpan(ElementType.Float32), bytes.AsSpan(ElementType.Byte), [new FrameCut(0, frame.Format, box)], new(size, size));
            device.Download<float>(pictures[t] = new float[3 * size * size], crop.AsSpan(ElementType.Float32));
        }

        return pictures;
    }

    /// <summary>Masks [frames, objects, patches].</summary>
    private static float[] Track(StudentTeacher model, Settings settings, float[][] pictures, int patchesASide)
    {
        TrainingConfiguration configuration = TrainingRecipe.Configuration(settings);
        VisionTransformerConfiguration backbone = configuration.Network.Backbone;
        int objects = settings.Tracker.Objects, size = patchesASide * backbone.Patch;
        using Arena arena = new(model.Device);
        Tape tape = new(arena);
        using Tape.NoGradScope scope = tape.NoGrad();
        ImageBatch images = new(arena.Rent(pictures.Length * 3L * size * size, ElementType.Float32), pictures.Length, size, size);
        model.Device.Upload<float>(images.Pixels, [.. pictures.SelectMany(Normalize)]);
        DeviceSpan heads = arena.Rent(objects, ElementType.Int32);
        model.Device.Upload<int>(heads, [.. Enumerable.Range(0, objects)]);

        Tensor tokens = model.Teacher.Backbone.Assemble(tape, model.Teacher.Backbone.Embed(tape, images), images);
        model.Teacher.Backbone.ForwardTracking(tape, tokens, clips: 1, out TrackingFeatures features);
        TrackedObjects found = new ObjectTracker(configuration.Tracker, configuration.Fidelity).Track(
            arena, features, heads, new(1, pictures.Length, backbone.Heads, patchesASide * patchesASide, backbone.Width, objects));
        float[] masks = new float[found.Masks.Length];
        model.Device.Download<float>(masks, found.Masks);
        return masks;
    }

    private static IEnumerable<float> Normalize(float[] picture) =>
        picture.Select((value, i) =>
        {
            int channel = i / (picture.Length / 3);
            return (value - AugmentKernels.Mean[channel]) / AugmentKernels.StandardDeviation[channel];
        });

    /// <summary>From planes in 0..1 to interleaved bytes.</summary>
    private static byte[] ToBytes(float[] picture)
    {
        int pixels = picture.Length / 3;
        byte[] bytes = new byte[picture.Length];
        for (int i = 0; i < picture.Length; i++)
        {
            bytes[(3 * (i % pixels)) + (i / pixels)] = (byte)MathF.Round(255 * picture[i]);
        }

        return bytes;
    }
}
