using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Scores;

namespace DoRA.Pipeline.Tests.Scores;

/// <summary>Encoders whose scores are known, on the pictures that ship.</summary>
public class HeldOutScorerTests
{
    private const int Patch = 8;
    private const int Photos = 600;

    [Test]
    public void The_pictures_that_ship_are_complete()
    {
        ScoreData data = ScoreFolder.Data;
        Assert.That(data.Photos, Has.Count.EqualTo(Photos));
        Assert.That(data.Photos.GroupBy(photo => photo.Class).Select(group => group.Count()), Has.All.EqualTo(30).And.Exactly(20).Items);
        Assert.That(data.Photos.Select(photo => photo.Pixels.Average()), Has.All.InRange(0.02f, 0.98f), "no tile is empty");
        Assert.That(data.Sequences, Has.Count.EqualTo(4));
        foreach (MaskedSequence sequence in data.Sequences)
        {
            Assert.That(sequence.Masks.Select(mask => mask.Count(inside => inside) / (double)mask.Length), Has.All.InRange(0.01, 0.6),
                sequence.Name);
        }
    }

    [Test]
    public void Raw_pixels_score_far_above_chance_and_far_below_perfection()
    {
        HeldOutScores scores = new HeldOutScorer(ScoreFolder.Data, 32).Measure(RawPixels.Encoder(Patch));
        TestContext.Out.WriteLine(scores with { SequenceJ = new Dictionary<string, double>() });
        TestContext.Out.WriteLine(string.Join(", ", scores.SequenceJ));

        // Chance is 1/600 and 1/20; another decoder of JPEG or another rounding moves a few of 600 crops and of 200 test photos.
        Assert.That(scores.ViewRetrieval, Is.InRange(0.05, 0.2));
        Assert.That(scores.Ridge, Is.InRange(0.3, 0.5));
        Assert.That(scores.MeanJ, Is.InRange(0.25, 0.5));
        Assert.That(scores.MeanJ, Is.EqualTo(scores.SequenceJ.Values.Average()).Within(1e-12));
    }

    [Test]
    public void An_encoder_that_always_says_the_same_scores_chance()
    {
        HeldOutScores scores = new HeldOutScorer(ScoreFolder.Data, 16).Measure((_, count, size) =>
            new(Filled(count * 4), Filled(count * size.Pixels / (Patch * Patch) * 4), size.Pixels / (Patch * Patch)));
        Assert.That(scores.ViewRetrieval, Is.EqualTo(1.0 / Photos).Within(1e-12), "the first of 600 is every photo's neighbour");
        Assert.That(scores.Ridge, Is.EqualTo(1.0 / 20).Within(1e-12), "the same class for all");

        static float[] Filled(int length)
        {
            float[] values = new float[length];
            Array.Fill(values, 0.5f);
            return values;
        }
    }

    [Test]
    public void An_encoder_that_is_random_scores_about_chance()
    {
        Random random = new(1);
        HeldOutScores scores = new HeldOutScorer(ScoreFolder.Data, 16).Measure((_, count, size) =>
        {
            int patches = size.Pixels / (Patch * Patch);
            return new(Noise(count * 16), Noise(count * patches * 16), patches);
        });

        // Hits of 1200 queries at 1/600 are Poisson with mean 2: eleven happen once in 100,000. Of 200 test photos at 1/20, five
        // deviations are 15.
        Assert.That(scores.ViewRetrieval, Is.LessThan(11 / 1200.0));
        Assert.That(scores.Ridge, Is.LessThan(0.05 + (5 * Math.Sqrt(0.05 * 0.95 / 200))));
        Assert.That(scores.MeanJ, Is.LessThan(0.3), "labels are scattered");

        float[] Noise(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Test]
    public void An_encoder_that_knows_the_answers_scores_all_that_can_be_had()
    {
        // Retrieval encodes all photos once for each of two views, then the classifier encodes them: photo after photo.
        int photo = 0;
        ScoreData data = ScoreFolder.Data;
        int sequence = 0;
        HeldOutScores scores = new HeldOutScorer(data, 16).Measure((_, count, size) =>
        {
            int patches = size.Pixels / (Patch * Patch);
            if (size == ScoreData.FrameSize)
            {
                return new(new float[count], Objects(data.Sequences[sequence++]), patches);
            }

            float[] cls = new float[count * (Photos + 20)];
            for (int i = 0; i < count; i++, photo++)
            {
                cls[(i * (Photos + 20)) + (photo % Photos)] = 1;
                cls[(i * (Photos + 20)) + Photos + data.Photos[photo % Photos].Class] = 1;
            }

            return new(cls, new float[count * patches], patches);
        });
        Assert.That(scores.ViewRetrieval, Is.EqualTo(1));
        Assert.That(scores.Ridge, Is.EqualTo(1));

        // Tokens know only the middle of their patch: the best masks are those that such tokens can say.
        double best = data.Sequences.Average(item => Enumerable.Range(1, item.Masks.Length - 2).Average(frame => ObjectMasks.Overlap(
            ObjectMasks.FromLabels(ObjectMasks.ToLabels(item.Masks[frame], ScoreData.FrameSize, Patch), ScoreData.FrameSize, Patch),
                item.Masks[frame])));
        Assert.That(best, Is.GreaterThan(0.75));
        Assert.That(scores.MeanJ, Is.EqualTo(best).Within(0.02));

        // One direction for the object and another for the background.
        float[] Objects(MaskedSequence item) => [.. item.Masks.SelectMany(mask =>
        {
            float[] labels = ObjectMasks.ToLabels(mask, ScoreData.FrameSize, Patch);
            return Enumerable.Range(0, labels.Length / 2).SelectMany(token => new[] { labels[token], labels[(labels.Length / 2) + token] });
        })];
    }

    [Test]
    public void A_missing_or_broken_folder_is_refused_in_a_sentence()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Assert.That(() => ScoreData.Load(folder), Throws.TypeOf<UserException>().With.Message.Contains(folder));
            Directory.CreateDirectory(Path.Combine(folder, "sequences"));
            Directory.CreateDirectory(Path.Combine(folder, "photos"));
            File.WriteAllText(Path.Combine(folder, "photos", "cat.jpg"), "no picture");
            File.Copy(Path.Combine(ScoreFolder.Find(), "sequences", "blackswan.jpg"), Path.Combine(folder, "sequences", "blackswan.jpg"));
            Assert.That(() => ScoreData.Load(folder), Throws.TypeOf<UserException>().With.Message.Contains("cat.jpg"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
