using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Scores;

/// <summary>
/// Scores a teacher in training: without labels on frames of the videos, and by k-NN on a folder of labelled pictures where one is given.
/// The untrained network is scored once on the same pictures.
/// </summary>
public sealed class TrainingMonitor : IDisposable
{
    /// <summary>Frames are cut to this many times the side of a global view, from which crops are taken.</summary>
    private const int CropRoom = 2;

    private const int FewestPatchesASide = 14;
    private const int CyclesAtMost = 16;
    private const int EncodedAtOnce = 32;

    private readonly Settings _settings;
    private readonly FrozenEncoder _encoder;
    private readonly ImageSplit? _labelled;
    private readonly float[][] _crops;
    private readonly List<(float[] First, float[] Later, float[] Mirrored)> _cycles = [];
    private readonly int _cycleSide;
    private readonly IReadOnlyList<(string Score, double Value)> _untrained;

    /// <summary>Reads the frames and scores the untrained network.</summary>
    /// <param name="labelled">Labelled pictures, where a folder of them is given.</param>
    internal TrainingMonitor(Device device, Settings settings, IClipSource clips, ImageSplit? labelled)
    {
        _settings = settings;
        NetworkConfiguration network = TrainingRecipe.Configuration(settings).Network;
        _cycleSide = settings.Model.Patch * Math.Max(FewestPatchesASide, settings.Views.GlobalSize / settings.Model.Patch);
        _labelled = labelled;
        _crops = ReadFrames(clips);
        _encoder = new(device, network.Backbone, Network.BackbonePrefix, network.Initialisation);
        _encoder.Parameters.Initialise((ulong)settings.Run.Seed);
        _untrained = Scores();
    }

    /// <summary>The teacher's scores as they are now.</summary>
    public IReadOnlyList<MonitorScore> Measure(Network teacher)
    {
        _encoder.CopyFrom(teacher);
        return [.. Scores().Zip(_untrained, (now, before) => new MonitorScore(now.Score, before.Value, now.Value))];
    }

    public void Dispose() => _encoder.Dispose();

    /// <summary>Two crops of every frame, and the pictures that patches walk through.</summary>
    private float[][] ReadFrames(IClipSource clips)
    {
        int frames = _settings.Monitor.Frames, side = CropRoom * _settings.Views.GlobalSize;
        ViewSettings views = new() { ClipCrop = 0, GlobalSize = _settings.Views.GlobalSize, GlobalScale = new(0.2, 1) };
        ViewSampler sampler = new(ViewRules.DoraUnmasked(views), (ulong)_settings.Run.Seed);
        using CpuDevice device = new(1);
        using IClipReader reader = clips.Open();
        List<float[]> squares = [];
        for (int i = 0; i < frames; i++)
        {
            ClipTimes times = clips.Choose((i + 0.5) / frames);
            squares.Add(Middle(times.Seconds[0], side));
            if (i % Math.Max(1, frames / CyclesAtMost) == 0)
            {
                RgbImage first = Square(times.Seconds[0]), later = Square(times.Seconds[^1]);
                _cycles.Add((Planes(first), Planes(later), Planes(first.Flip())));
            }

            RgbImage Square(double seconds) => FramePictures.ToImage(Middle(seconds, _cycleSide), new(_cycleSide, _cycleSide));

            float[] Middle(double seconds, int size)
            {
                using VideoFrame frame = reader.Read(times.Video, seconds);
                return FramePictures.MiddleSquare(device, frame.Bytes, frame.Format, size);
            }
        }

        PictureSize room = new(side, side), view = new(views.GlobalSize, views.GlobalSize);
        return [.. Enumerable.Range(0, 2).Select(crop => PictureViews.Cut(device, [.. squares], room, view,
            [.. squares.Select((_, i) => sampler.Global(new(0, i, 0), crop, room) with { Source = i })]))];
    }

    private static float[] Planes(RgbImage picture) => Normalization.ImageNet.Apply(picture);

    private List<(string Score, double Value)> Scores()
    {
        List<(string, double)> scores = [];
        if (_settings.Monitor.Frames > 0)
        {
            scores.Add(("view retrieval among frames", 100 * ViewRetrieval.Score(Cls(_crops[0]), Cls(_crops[1]), _settings.Monitor.Frames)));
            scores.Add(("cycle consistency", 100 * _cycles.Average(Cycle)));
        }

        if (_labelled is not null)
        {
            int k = Math.Min(_settings.Monitor.Neighbours, _labelled.Training.Images.Count);
            KnnResults results = KnnEvaluation.Run(
                _encoder, _labelled, new CenterCrop(_settings.Views.GlobalSize), [k], (_, _) => { }, CancellationToken.None);
            scores.Add(("k-NN", results.Scores[0].Top1));
        }

        return scores;
    }

    private float[] Cls(float[] views)
    {
        int side = _settings.Views.GlobalSize, length = 3 * side * side;
        return [.. views.Chunk(EncodedAtOnce * length).SelectMany(chunk => _encoder.Cls(chunk, chunk.Length / length, side, side))];
    }

    private double Cycle((float[] First, float[] Later, float[] Mirrored) cycle)
    {
        float[] tokens = _encoder.Tokens([.. cycle.First, .. cycle.Later, .. cycle.Mirrored], 3, _cycleSide, _cycleSide);
        float[][] frames = [.. tokens.Chunk(tokens.Length / 3).Select(frame => frame[_encoder.Width..])];
        int patches = _cycleSide / _settings.Model.Patch;
        return CycleConsistency.Score(frames[0], frames[1], frames[2], patches, patches);
    }
}
