using DoRA.Pipeline.Scores;

namespace DoRA.Pipeline.Tests.Scores;

public class CycleConsistencyTests
{
    private const int Rows = 6, Columns = 8, Width = 64;

    [Test]
    public void Tokens_that_know_what_they_show_find_back()
    {
        float[] frame = Random(1);
        Assert.That(CycleConsistency.Score(frame, frame, Mirror(frame), Rows, Columns), Is.EqualTo(1));
    }

    [Test]
    public void Tokens_that_know_only_where_they_are_do_not()
    {
        // The mirrored frame has the same tokens at the same places: only walks in the two middle columns end beside their mirror image.
        float[] places = Random(2);
        Assert.That(CycleConsistency.Score(places, places, places, Rows, Columns), Is.EqualTo(2.0 / Columns));
    }

    [Test]
    public void Tokens_that_are_all_alike_score_what_one_place_scores()
    {
        float[] same = new float[Rows * Columns * Width];
        Array.Fill(same, 1);

        // All walks end at the first patch, which is beside the mirror image of the last two columns of the first two rows.
        Assert.That(CycleConsistency.Score(same, same, same, Rows, Columns), Is.EqualTo(4.0 / (Rows * Columns)));
    }

    private static float[] Random(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Rows * Columns * Width).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private static float[] Mirror(float[] frame) => [.. Enumerable.Range(0, Rows * Columns).SelectMany(patch =>
        frame.AsSpan(((patch / Columns * Columns) + Columns - 1 - (patch % Columns)) * Width, Width).ToArray())];
}
