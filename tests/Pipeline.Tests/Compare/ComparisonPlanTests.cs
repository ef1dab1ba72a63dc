using DoRA.Kernels;
using DoRA.Pipeline.Compare;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Tests.Compare;

public class ComparisonPlanTests
{
    private static readonly string[] Both = ["dora", "dino"], DoraAlone = ["dora"];

    [TestCase("demo", ExpectedResult = 4)]
    [TestCase("small", ExpectedResult = 13)]
    public int Dino_gets_the_local_views_that_make_its_students_tokens_equal(string preset)
    {
        ComparisonPlan plan = ComparisonPlan.Make(["walk.mp4"], 2, null, [$"preset={preset}"], Both, null);

        Settings dora = plan.Variants[0].Resolve(1).Settings, dino = plan.Variants[1].Resolve(1).Settings;
        Assert.That((dora.Method, dino.Method, dora.Run.Seed, dino.Run.Seed), Is.EqualTo((Method.Dora, Method.Dino, 1, 1)));

        // Half a local view's tokens is as near as whole views come: (96/16)² + 1 = 37 of them with the preset small.
        Assert.That(StudentTokens.OfFrame(dino), Is.EqualTo(StudentTokens.OfFrame(dora)).Within(37 / 2));
        return dino.Views.LocalCount;
    }

    [Test]
    public void A_number_of_local_views_that_was_asked_for_stays()
    {
        ComparisonPlan plan = ComparisonPlan.Make(["walk.mp4"], 1, null, ["preset=small", "views.localCount=5"], Both, null);

        Assert.That(plan.Variants.Select(variant => variant.Resolve(0).Settings.Views.LocalCount), Is.All.EqualTo(5));
    }

    /// <summary>By hand, for the demo: 16 patches and a CLS token in a global view, 4 and one in each of the 4 local views.</summary>
    [TestCase("objects=1,2,3", new[] { 37, 54, 71 })]
    [TestCase("masks=tracked,random,none", new[] { 54, 54, 37 })]
    [TestCase("sinkhorn=on,off", new[] { 54, 54 })]
    [TestCase("fidelity=paper,official", new[] { 54, 54 })]
    [TestCase("spacing=0.1,1", new[] { 54, 54 })]
    public void Students_tokens_are_counted(string vary, int[] tokens)
    {
        ComparisonPlan plan = ComparisonPlan.Make(["walk.mp4"], 1, null, [], DoraAlone, Variation.Parse(vary));

        Assert.That(plan.Variants.Select(variant => StudentTokens.OfFrame(variant.Resolve(0).Settings)), Is.EqualTo(tokens));
        Assert.That(plan.Variants.Select(variant => variant.Settings.Values).Select(values => string.Join(' ', values)).Distinct().Count(), Is.EqualTo(tokens.Length));
    }

    [Test]
    public void A_step_sees_as_many_frames_however_long_the_clips()
    {
        ComparisonPlan plan = ComparisonPlan.Make(["walk.mp4"], 1, null, [], DoraAlone, Variation.Parse("frames=1,2,4"));

        Assert.That(plan.Variants.Select(variant => variant.Resolve(0).Settings.Data).Select(data => (data.Batch, data.Frames)),
            Is.EqualTo(((int, int)[])[(64, 1), (32, 2), (16, 4)]));
    }

    [Test]
    public void Every_preset_comes_back_from_a_receipt()
    {
        foreach (Preset preset in Enum.GetValues<Preset>())
        {
            Settings settings = SettingsResolver.Resolve(preset: preset).Settings;
            Assert.That(ReceiptSettings.Resolve(ReceiptSettings.Of(settings)).Settings, Is.EqualTo(settings), $"{preset}");
        }
    }

    [TestCase("two methods", 3, "dora", null, "")]
    [TestCase("two methods", 3, "dora,dora", null, "")]
    [TestCase("two methods", 3, "dora,dino", "objects=1,2", "")]
    [TestCase("changes nothing in DINO", 3, "dino", "objects=1,2", "")]
    [TestCase("--seeds is 0", 0, "dora,dino", null, "")]
    [TestCase("of the form name=value,value", 3, "dora", "objects=1", "")]
    [TestCase("of the form name=value,value", 3, "dora", "objects", "")]
    [TestCase("names a value twice", 3, "dora", "objects=1,1", "")]
    [TestCase("colour", 3, "dora", "colour=red,green", "")]
    [TestCase("tracker.objects is 9", 3, "dora", "objects=1,9", "")]
    [TestCase("give its number of steps with --steps", 3, "dora,dino", null, "preset=paper")]
    public void Wrong_use_is_one_sentence(string said, int seeds, string methods, string? vary, string assignment) => Assert.That(
        () => ComparisonPlan.Make(
            ["walk.mp4"], seeds, null, assignment.Length > 0 ? [assignment] : [], methods.Split(','), vary is null ? null : Variation.Parse(vary)),
        Throws.TypeOf<UserException>().With.Message.Contains(said));
}
