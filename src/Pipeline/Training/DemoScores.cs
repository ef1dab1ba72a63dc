using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Model;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Scores;

namespace DoRA.Pipeline.Training;

/// <summary>
/// Held-out scores of a run's teacher, of the untrained network and of raw pixels, side by side: a falling loss alone proves nothing.
/// </summary>
public static class DemoScores
{
    /// <summary>Measures all three on the pictures that ship with the samples, as percentages.</summary>
    public static IReadOnlyList<ScoreRow> Measure(StudentTeacher trained, Settings settings)
    {
        HeldOutScorer scorer = new(ScoreData.Load(Path.Combine(Samples.Folder(), "scores")), settings.Views.GlobalSize);
        using StudentTeacher fresh = new(trained.Device, TrainingRecipe.Configuration(settings));
        HeldOutScores after = scorer.Measure(Encoder(trained.Teacher, trained.Device));
        HeldOutScores before = scorer.Measure(Encoder(fresh.Teacher, trained.Device));
        HeldOutScores pixels = scorer.Measure(RawPixels.Encoder(settings.Model.Patch));
        return
        [
            Row("view retrieval", scores => scores.ViewRetrieval),
            Row("ridge classifier", scores => scores.Ridge),
            Row("label propagation, mean J", scores => scores.MeanJ),
        ];

        ScoreRow Row(string name, Func<HeldOutScores, double> score) => new(name, 100 * score(before), 100 * score(after), 100 * score(pixels));
    }

    private static ImageEncoder Encoder(Network network, Device device) => (images, count, size) =>
    {
        using Arena arena = new(device);
        Tape tape = new(arena);
        using Tape.NoGradScope scope = tape.NoGrad();
        ImageBatch batch = new(arena.Rent(images.Length, ElementType.Float32), count, size.Height, size.Width);
        device.Upload<float>(batch.Pixels, images);
        Tensor tokens = network.Backbone.Forward(tape, batch).Tokens;
        float[] values = new float[tokens.Length];
        device.Download<float>(values, tokens.Data);
        return Split(values, count, network.Backbone.Configuration.Width);
    };

    /// <summary>CLS tokens and patch tokens of [images, 1 + n, width].</summary>
    private static EncodedImages Split(float[] tokens, int images, int width)
    {
        int length = tokens.Length / images;
        float[] cls = new float[images * width], patches = new float[tokens.Length - cls.Length];
        for (int i = 0; i < images; i++)
        {
            ReadOnlySpan<float> image = tokens.AsSpan(i * length, length);
            image[..width].CopyTo(cls.AsSpan(i * width));
            image[width..].CopyTo(patches.AsSpan(i * (length - width)));
        }

        return new(cls, patches, (length / width) - 1);
    }
}
