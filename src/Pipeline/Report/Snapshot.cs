using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Report;

/// <summary>What the teacher sees in one clip of the first video at some step: all that the report's pictures are drawn from.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Frames">The clip's frames, squares.</param>
/// <param name="Clip">The objects tracked through them.</param>
/// <param name="TokenColors">[every <see cref="StripEvery"/>th frame, n, 3]: principal components of the patch tokens as colours.</param>
/// <param name="Attention">[heads, n]: what the CLS token of the first frame attends to.</param>
public sealed record Snapshot(int Step, IReadOnlyList<RgbImage> Frames, TrackedClip Clip, byte[] TokenColors, float[] Attention)
{
    /// <summary>Of the film's frames one in so many is in the strip.</summary>
    public const int StripEvery = 4;

    private const int FilmFrames = 24, FewestPatchesASide = 14, Side = 224;
    private const double FilmSeconds = 3;

    /// <summary>Heads of the last block.</summary>
    public int Heads => Attention.Length / Clip.Patches;

    /// <summary>The clip of a video that is looked at: a few seconds from its middle.</summary>
    public static IReadOnlyList<RgbImage> ReadClip(VideoInfo video, VideoReaderOptions options)
    {
        double length = Math.Min(FilmSeconds, 0.8 * video.DurationSeconds), first = (video.DurationSeconds - length) / 2;
        return FramePictures.MiddleSquares(
            video.Path, options, Enumerable.Range(0, FilmFrames).Select(t => first + (t * length / FilmFrames)), Side);
    }

    /// <param name="frames">As <see cref="ReadClip"/> gives them.</param>
    public static Snapshot Take(FrozenEncoder encoder, int step, IReadOnlyList<RgbImage> frames, Settings settings)
    {
        // The grid that was trained on, unless it is too coarse to see anything by.
        int patch = encoder.Configuration.Patch, patches = Math.Max(FewestPatchesASide, settings.Views.GlobalSize / patch), side = patches * patch;
        TrainingConfiguration training = TrainingRecipe.Configuration(settings);
        TrackerConfiguration tracker = training.Tracker with { Objects = Math.Min(settings.Tracker.Objects, encoder.Configuration.Heads) };
        float[][] planes = [.. frames.Select(frame => Normalization.ImageNet.Apply(frame.Resize(side, side, PillowFilter.Bicubic)))];
        TrackedClip clip = encoder.Track([.. planes.SelectMany(frame => frame)], frames.Count, side, side, tracker, training.Fidelity);
        float[] tokens = [.. planes.Where((_, t) => t % StripEvery == 0).SelectMany(
            frame => encoder.Tokens(frame, 1, side, side)[encoder.Width..])];
        LastBlock last = encoder.LastBlockOf(planes[0], side, side);
        float[] attention = [.. Enumerable.Range(0, encoder.Configuration.Heads).SelectMany(last.PatchAttention)];
        return new(step, frames, clip, Pictures.TokenColors.Of(tokens, encoder.Width), attention);
    }

    public void Save(string path)
    {
        byte[] film = PictureSheet.Encode(PictureSheet.Of([[.. Frames.Select(Overlay.Bitmap)]], gap: 0), SKEncodedImageFormat.Webp, 92);
        SafetensorsWriter.Write(
            path,
            new Dictionary<string, TensorContent>
            {
                ["film"] = HostTensor.OfBytes(StoredType.UInt8, film, film.Length),
                ["maps"] = Tensor(Clip.Maps),
                ["masks"] = Tensor(Clip.Masks),
                ["similarity"] = Tensor(Clip.Similarity),
                ["assignment"] = Tensor(Clip.Assignment),
                ["attention"] = Tensor(Attention),
                ["tokenColors"] = HostTensor.OfBytes(StoredType.UInt8, TokenColors, TokenColors.Length),
            },
            new Dictionary<string, string>
            {
                ["step"] = $"{Step}", ["frames"] = $"{Clip.Frames}", ["objects"] = $"{Clip.Objects}", ["rows"] = $"{Clip.Rows}",
                ["columns"] = $"{Clip.Columns}",
            });
    }

    /// <exception cref="UserException">The file is damaged.</exception>
    public static Snapshot Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        int Number(string key) => file.Metadata.TryGetValue(key, out string? text) && int.TryParse(text, out int number)
            ? number
            : throw new UserException($"{path} does not say its {key}, so it is no snapshot of a run; delete it to make the report without.");
        TrackedClip clip = new(Number("frames"), Number("objects"), Number("rows"), Number("columns"), file.Floats("maps"), file.Floats("masks"))
        {
            Similarity = file.Floats("similarity"),
            Assignment = file.Floats("assignment"),
        };
        return new(Number("step"), [.. Film(Bytes("film"), clip.Frames)], clip, Bytes("tokenColors"), file.Floats("attention"));

        byte[] Bytes(string name) => [.. file.Read(name).Longs().Select(value => (byte)value)];
    }

    private static IEnumerable<RgbImage> Film(byte[] bytes, int frames)
    {
        using SKBitmap sheet = SKBitmap.Decode(bytes);
        SKColor[] pixels = sheet.Pixels;
        int side = sheet.Width / frames;
        for (int t = 0; t < frames; t++)
        {
            byte[] frame = new byte[side * sheet.Height * RgbImage.Channels];
            for (int i = 0; i < frame.Length / RgbImage.Channels; i++)
            {
                SKColor pixel = pixels[(i / side * sheet.Width) + (t * side) + (i % side)];
                (frame[3 * i], frame[(3 * i) + 1], frame[(3 * i) + 2]) = (pixel.Red, pixel.Green, pixel.Blue);
            }

            yield return new(side, sheet.Height, frame);
        }
    }

    private static HostTensor Tensor(float[] values) => HostTensor.Of(values, values.Length);
}
