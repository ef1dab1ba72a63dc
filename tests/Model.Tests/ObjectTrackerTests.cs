namespace DoRA.Model.Tests;

public sealed class ObjectTrackerTests
{
    private const int Clips = 500, Heads = 6;

    [Test]
    public void Heads_are_drawn_without_repetition_and_evenly()
    {
        TrackerConfiguration configuration = new(3);
        int[][] drawn = [.. new ObjectTracker(configuration, Fidelity.Paper).DrawHeads(1, 0, 0, Clips, Heads).Chunk(configuration.Objects)];
        Assert.That(
            drawn,
            Has.All.Matches<int[]>(heads => heads.Distinct().Count() == heads.Length && heads.All(head => head is >= 0 and < Heads)));
        for (int head = 0; head < Heads; head++)
        {
            // Each head is drawn with probability 1/2: 250 of 500 times, give or take five deviations of 11.
            Assert.That(drawn.Count(heads => heads.Contains(head)), Is.EqualTo(Clips / 2).Within(56));
        }
    }

    [Test]
    public void Clips_draw_alike_only_as_released([Values] bool perBatch)
    {
        ObjectTracker tracker = new(new(3), new Fidelity { DrawsHeadsPerBatch = perBatch });
        int different = tracker.DrawHeads(1, 0, 0, Clips, Heads).Chunk(3).Select(heads => string.Join(",", heads)).Distinct().Count();
        Assert.That(different == 1, Is.EqualTo(perBatch));
        Assert.That(tracker.DrawHeads(1, 1, 0, Clips, Heads), Is.Not.EqualTo(tracker.DrawHeads(1, 0, 0, Clips, Heads)), "steps differ");
    }

    [Test]
    public void A_clips_draw_depends_on_its_number_among_all_clips_only()
    {
        ObjectTracker tracker = new(new(2), Fidelity.Paper);
        Assert.That(tracker.DrawHeads(1, 7, 2, 2, Heads), Is.EqualTo(tracker.DrawHeads(1, 7, 0, 4, Heads)[4..]));
        Assert.That(tracker.DrawMasks(1, 7, 2, 2, 3, 5), Is.EqualTo(tracker.DrawMasks(1, 7, 0, 4, 3, 5)[60..]));
    }

    [Test]
    public void Random_masks_show_the_share_asked_for()
    {
        const int patches = 10000;
        float[] masks = new ObjectTracker(new(2, Masking.Random, RandomKeep: 0.3f), Fidelity.Paper).DrawMasks(1, 0, 0, 1, 2, patches);
        Assert.That(masks, Has.All.Matches<float>(mask => mask is 0 or 1));
        // 40,000 draws: the share's deviation is 0.0023.
        Assert.That(masks.Average(), Is.EqualTo(0.3).Within(5 * 0.0023));
    }
}
