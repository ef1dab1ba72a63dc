using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;
using DoRA.PtxMachine;

namespace DoRA.Pipeline.Tests.Clips.Card;

/// <summary>Views that a card makes of the loader's frames, on the machine that executes PTX, and those of the loader's threads.</summary>
public class CardViewsTests
{
    private const int Frames = 2;

    // A crop is a sum of some eighty roundings of numbers near 1, which hues and contrasts stretch by up to ten; a view's own chain errs by 1e-4. Both
    // on either engine, and divided by deviations above 0.22 (the tests of the engines' operations derive each).
    private const double Tolerance = 2 * ((10 * 80.0 / (1 << 24)) + 1e-4) / 0.22;

    private static readonly ViewSettings Sizes = new() { ClipCrop = 20, GlobalSize = 12, LocalSize = 8, LocalCount = 3 };
    private static readonly ClipLoaderSettings Loading = new() { Seed = 5, Clips = 3, Frames = Frames, ClipsPerEpoch = 100, Workers = 2 };

    // On its side, of 10 bits and 4:2:2: other bytes a frame and, as a whole, another crop.
    private static readonly FrameFormat Other = new(26, 37, 1, 0, 10, true, ColorMatrix.Bt601, 90);

    private static IEnumerable<TestCaseData> Rules =>
    [
        new TestCaseData(ViewRules.Dora(Sizes)).SetArgDisplayNames("DoRA"),
        new TestCaseData(ViewRules.DoraUnmasked(Sizes)).SetArgDisplayNames("DoRA without masks"),
        new TestCaseData(ViewRules.Dino(Sizes)).SetArgDisplayNames("DINO"),
        new TestCaseData(ViewRules.Dino(Sizes with { LocalCount = 0 })).SetArgDisplayNames("DINO without local views"),
    ];

    [TestCaseSource(nameof(Rules))]
    public void Views_of_a_card_are_the_loader_s(ViewRules rules)
    {
        List<StepViews> expected = OnCpu(rules), actual = OnMachine(rules);
        Assert.That(actual, Has.Count.EqualTo(expected.Count));
        for (int step = 0; step < expected.Count; step++)
        {
            AssertNear(actual[step], expected[step]);
        }

        HashSet<int> videos = [.. expected[0].Clips.Select(clip => clip.Video)];
        Assert.That(videos, Has.Count.EqualTo(2), "frames of two sizes in one batch");
    }

    [TestCase(1)]
    [TestCase(2 * ((40 * 30 * 3) + (3 * 8 * 8 * 3)) * sizeof(float))]
    public void Whatever_memory_they_are_made_in_their_bits_are_the_same(long budget)
    {
        ViewRules rules = ViewRules.Dino(Sizes);
        List<StepViews> whole = OnMachine(rules), chunks = OnMachine(rules, budget);
        for (int step = 0; step < whole.Count; step++)
        {
            Assert.That(chunks[step].Globals.AsSpan().SequenceEqual(whole[step].Globals), $"globals of step {step}");
            Assert.That(chunks[step].Locals.AsSpan().SequenceEqual(whole[step].Locals), $"locals of step {step}");
        }
    }

    [Test]
    public void A_budget_bounds_what_is_made_at_a_time()
    {
        ViewRules rules = ViewRules.Dino(Sizes);
        Assert.That(Crops(long.MaxValue), Is.InRange(2, 4), "runs of three clips' frames of one size");
        Assert.That(Crops(1), Is.EqualTo(Loading.Clips * Frames), "frame by frame");

        int Crops(long budget)
        {
            using Machine machine = new();
            using CudaDevice device = new(machine, "PTX machine");
            using SyntheticClips source = new(Frames, device: device, second: Other);
            StepViews.Take(device, source, rules, Loading, 1, budget);
            return machine.History.Count(launch => launch.Kernel.Contains("Crop"));
        }
    }

    [TestCase(0)]
    [TestCase(1L << 30)]
    public void Clips_that_fall_on_damage_are_drawn_again_alike(long storeBytes)
    {
        ViewRules rules = ViewRules.Dora(Sizes);
        ClipLoaderSettings loading = Loading with { Seed = 3, DamageLimit = 0.9 };
        VideoReaderOptions bears = new() { DamageLimit = 0.5 };
        VideoCollection videos = VideoCollection.Open([VideoFixtures.File("made/damaged.mp4")], bears);
        using CpuDevice cpu = new(1);
        using Machine machine = new();
        using CudaDevice card = new(machine, "PTX machine");
        List<StepViews> expected = Take(cpu), actual = Take(card);
        for (int step = 0; step < expected.Count; step++)
        {
            AssertNear(actual[step], expected[step]);
        }

        Assert.That(expected.Sum(step => step.DamagedClips), Is.Positive);

        List<StepViews> Take(Device device)
        {
            using VideoClipSource source = VideoClipSource.Open(videos, Frames, 0.3, shortSide: 64, storeBytes, bears, device: device);
            return StepViews.Take(device, source, rules, loading, 3);
        }
    }

    [Test]
    public void Batches_for_a_card_hold_no_views()
    {
        using Machine machine = new();
        using CudaDevice device = new(machine, "PTX machine");
        using SyntheticClips source = new(Frames);
        using ClipLoader loader = new(source, ViewRules.Dora(Sizes), Loading, device);
        ClipBatch batch = loader.Next();
        Assert.That(() => batch.Globals.Length, Throws.InvalidOperationException);
        Assert.That(() => batch.Locals.Length, Throws.InvalidOperationException);
    }

    private static List<StepViews> OnCpu(ViewRules rules)
    {
        using CpuDevice device = new(1);
        using SyntheticClips source = new(Frames, second: Other);
        return StepViews.Take(device, source, rules, Loading, 2);
    }

    private static List<StepViews> OnMachine(ViewRules rules, long budget = ViewMaker.UsualBudget)
    {
        using Machine machine = new();
        using CudaDevice device = new(machine, "PTX machine");
        using SyntheticClips source = new(Frames, device: device, second: Other);
        return StepViews.Take(device, source, rules, Loading, 2, budget);
    }

    internal static void AssertNear(StepViews actual, StepViews expected)
    {
        Assert.That(actual.Clips.Select(clip => clip.Video), Is.EqualTo(expected.Clips.Select(clip => clip.Video)));
        Assert.That(actual.Clips.SelectMany(clip => clip.Seconds), Is.EqualTo(expected.Clips.SelectMany(clip => clip.Seconds)));
        Assert.That(actual.DamagedClips, Is.EqualTo(expected.DamagedClips));
        Near("globals", actual.Globals, expected.Globals);
        Near("locals", actual.Locals, expected.Locals);
    }

    private static void Near(string what, float[] actual, float[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs((double)actual[i] - expected[i]) <= Tolerance))
            {
                Assert.Fail($"{what}[{i}] is {actual[i]:g9}, should be {expected[i]:g9} within {Tolerance:g3}.");
            }
        }
    }
}
