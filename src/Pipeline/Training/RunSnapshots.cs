using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Logs;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Report;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Training;

/// <summary>Looks at one clip of the first video with the teacher as it is at some step.</summary>
public sealed class RunSnapshots(Device device, Settings settings, VideoInfo video)
{
    private IReadOnlyList<RgbImage>? _frames;

    /// <summary>Writes a snapshot, and its tracks to TensorBoard and to a picture where one is asked for.</summary>
    public void Keep(Network teacher, int step, string path, RunJournal journal, string? picture = null)
    {
        Snapshot snapshot = Take(teacher, step);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        snapshot.Save(path);
        using SKBitmap sheet = SnapshotPictures.Tracks(snapshot);
        byte[] png = PictureSheet.Encode(sheet.Copy(), SKEncodedImageFormat.Png);
        journal.AddTracks(step, png, sheet.Width, sheet.Height);
        if (picture is not null)
        {
            File.WriteAllBytes(picture, png);
        }
    }

    public Snapshot Take(Network teacher, int step)
    {
        _frames ??= Snapshot.ReadClip(video, TrainingData.ReaderOptions(settings.Data));
        NetworkConfiguration network = TrainingRecipe.Configuration(settings).Network;
        using FrozenEncoder encoder = new(device, network.Backbone, Network.BackbonePrefix, network.Initialisation);
        encoder.CopyFrom(teacher);
        return Snapshot.Take(encoder, step, _frames, settings);
    }
}
