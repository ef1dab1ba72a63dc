using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Tests.Augment;

/// <summary>The distributions of what is drawn, and what it depends on.</summary>
public class ViewSamplerTests
{
    private const int Draws = 20000;
    private static readonly PictureSize Crop = new(300, 300);
    private static readonly ViewSettings DinoSettings = new() { GlobalBlur = 1, LocalSize = 96, LocalCount = 8 };

    // A mean of n independent draws strays by its standard deviation over √n; five of these happen once in two million.
    private const double Deviations = 5;

    [Test]
    public void Probabilities_are_those_of_the_recipe()
    {
        ViewSampler dora = new(ViewRules.Dora(new()), 1), dino = new(ViewRules.Dino(DinoSettings), 1);
        foreach ((string kind, ViewRecipe[] recipes, double blur, double solarize) in new[]
        {
            ("DoRA global", Globals(dora, 0), 0.1, 0.0),
            ("DoRA local", Locals(dora), 0.5, 0),
            ("DINO first", Globals(dino, 0), 1, 0),
            ("DINO second", Globals(dino, 1), 0.1, 0.2),
            ("DINO local", Locals(dino), 0.5, 0),
        })
        {
            RequireShare($"{kind}: flip", recipes, 0.5, recipe => recipe.Flip);
            RequireShare($"{kind}: jitter", recipes, 0.8, recipe => recipe.Color1.Operation != ColorOperation.None);
            RequireShare($"{kind}: grayscale", recipes, 0.2, recipe => recipe.Grayscale);
            RequireShare($"{kind}: blur", recipes, blur, recipe => recipe.BlurRadius > 0);
            RequireShare($"{kind}: solarise", recipes, solarize, recipe => recipe.Solarize);
            RequireShare($"{kind}: jitter and grayscale are independent", recipes, 0.16,
                recipe => recipe.Grayscale && recipe.Color1.Operation != ColorOperation.None);
        }
    }

    [Test]
    public void Factors_are_uniform_in_their_ranges()
    {
        ViewRecipe[] recipes = Locals(new(ViewRules.Dora(new()), 2));
        RequireUniform("blur radius", recipes.Where(recipe => recipe.BlurRadius > 0).Select(recipe => (double)recipe.BlurRadius), 0.1, 2);
        foreach ((ColorOperation operation, double low, double high) in new[]
        {
            (ColorOperation.Brightness, 0.6, 1.4),
            (ColorOperation.Contrast, 0.6, 1.4),
            (ColorOperation.Saturation, 0.8, 1.2),
            (ColorOperation.Hue, -0.1, 0.1),
        })
        {
            RequireUniform($"{operation}",
                recipes.SelectMany(Steps).Where(step => step.Operation == operation).Select(step => (double)step.Factor), low, high);
        }
    }

    [Test]
    public void Every_order_of_the_jitter_is_as_frequent()
    {
        string[] orders = [.. Locals(new(ViewRules.Dora(new()), 3)).Where(recipe => recipe.Color1.Operation != ColorOperation.None)
            .Select(recipe => string.Join(' ', Steps(recipe).Select(step => step.Operation)))];
        var counts = orders.CountBy(order => order).ToList();
        Assert.That(counts, Has.Count.EqualTo(24));
        foreach ((string order, int count) in counts)
        {
            RequireNear(order, (double)count / orders.Length, 1 / 24.0, Math.Sqrt(1 / 24.0 * 23 / 24 / orders.Length));
        }
    }

    [Test]
    public void Boxes_of_local_views_have_uniform_area_ratio_and_place()
    {
        // Up to 0.4 of the area at ratios of 3/4 … 4/3 every box fits into a square, so that none is drawn again.
        CropBox[] boxes = [.. Locals(new(ViewRules.Dora(new()), 4)).Select(recipe => recipe.Box)];
        Assert.That(boxes.All(box => box.FitsIn(Crop)));

        // Sides are rounded by half a pixel, of 58 at least: 1.8% of area or ratio at the ends.
        RequireUniform("area", boxes.Select(box => box.Height * box.Width / (double)Crop.Pixels), 0.05, 0.4, slack: 0.018 * 0.4);
        RequireUniform("log ratio", boxes.Select(box => Math.Log((double)box.Width / box.Height)), Math.Log(0.75), Math.Log(4 / 3.0),
            slack: 0.018);
        RequireUniform("top", boxes.Select(box => box.Top / (double)(Crop.Height - box.Height)), 0, 1);
        RequireUniform("left", boxes.Select(box => box.Left / (double)(Crop.Width - box.Width)), 0, 1);
    }

    [Test]
    public void Boxes_that_do_not_fit_are_drawn_again_and_lie_in_the_range()
    {
        PictureSize wide = new(144, 256);
        CropBox[] boxes = [.. Range().Select(i => new ViewSampler(ViewRules.Dora(new()), 5).Global(Key(i), 0, wide).Box)];
        Assert.That(boxes.All(box => box.FitsIn(wide)));

        // Half a pixel of 105 at least: 0.5% a side. A box of ratio 4/3 and height 144 covers 3/4.
        Assert.That(boxes.Select(box => (double)box.Width / box.Height).Where(ratio => ratio is < 0.75 * 0.99 or > 4 / 3.0 * 1.01),
            Is.Empty);
        Assert.That(boxes.Select(box => (double)box.Width * box.Height / wide.Pixels)
            .Where(area => area is < 0.4 * 0.99 or > 0.75 * 1.01), Is.Empty);
    }

    [TestCase(20, 400, 20, 27, TestName = "Wider than any box: full height in the middle")]
    [TestCase(400, 20, 27, 20, TestName = "Higher than any box: full width in the middle")]
    public void A_picture_of_extreme_shape_gives_its_middle(int height, int width, int boxHeight, int boxWidth)
    {
        // 0.4 of the area never fits.
        CropBox box = new ViewSampler(ViewRules.Dora(new()), 6).Global(Key(0), 0, new(height, width)).Box;
        Assert.That(box, Is.EqualTo(new CropBox((height - boxHeight) / 2, (width - boxWidth) / 2, boxHeight, boxWidth)));
    }

    [Test]
    public void Frames_of_a_clip_share_the_clip_box_and_the_global_box_but_neither_colors_nor_local_boxes()
    {
        ViewSampler sampler = new(ViewRules.DoraUnmasked(new()), 7);
        FrameKey[] frames = [.. Enumerable.Range(0, 8).Select(frame => new FrameKey(11, 2, frame))];
        Assert.That(frames.Select(key => sampler.Crop(key, new(480, 854))).Distinct().Count(), Is.EqualTo(1));
        for (int view = 0; view < 2; view++)
        {
            ViewRecipe[] globals = [.. frames.Select(key => sampler.Global(key, view, Crop))];
            Assert.That(globals.Select(recipe => (recipe.Box, recipe.Flip)).Distinct().Count(), Is.EqualTo(1));
            Assert.That(globals.SelectMany(Steps).Where(step => step.Operation == ColorOperation.Hue).Select(step => step.Factor),
                Is.Unique);
        }

        Assert.That(sampler.Global(frames[0], 0, Crop).Box, Is.Not.EqualTo(sampler.Global(frames[0], 1, Crop).Box),
            "a second box of its own");
        ViewRecipe[] locals = [.. frames.SelectMany(key => Enumerable.Range(0, 6).Select(view => sampler.Local(key, view, Crop)))];
        Assert.That(locals.Select(recipe => recipe.Box), Is.Unique);
    }

    [Test]
    public void Dino_treats_every_frame_as_a_picture_of_its_own()
    {
        ViewSampler sampler = new(ViewRules.Dino(DinoSettings), 8);
        PictureSize frame = new(480, 854);
        Assert.That(sampler.Crop(Key(0), frame), Is.EqualTo((CropBox.Whole(frame), frame)));
        IEnumerable<CropBox> boxes = Enumerable.Range(0, 8)
            .SelectMany(i => Enumerable.Range(0, 2).Select(view => sampler.Global(new(3, 1, i), view, frame).Box));
        Assert.That(boxes, Is.Unique);
    }

    [Test]
    public void Recipes_depend_on_seed_step_clip_view_and_frame_and_on_nothing_else()
    {
        ViewRecipe Draw(ulong seed, FrameKey key, int view) => new ViewSampler(ViewRules.Dora(new()), seed).Local(key, view, Crop);
        FrameKey key = new(5, 6, 7);
        Assert.That(Draw(9, key, 1), Is.EqualTo(Draw(9, key, 1)));
        ViewRecipe[] others = [Draw(9, key, 1), Draw(10, key, 1), Draw(9, key, 2), Draw(9, key with { Step = 6 }, 1),
            Draw(9, key with { Clip = 7 }, 1), Draw(9, key with { Frame = 8 }, 1)];
        Assert.That(others, Is.Unique);
    }

    [Test]
    public void Method_and_masks_choose_the_views()
    {
        Settings settings = new();
        Assert.That(ViewRules.Of(settings).Globals, Has.Count.EqualTo(1));
        Assert.That(ViewRules.Of(settings with { Tracker = settings.Tracker with { Masks = MaskSource.None } }).Globals,
            Has.Count.EqualTo(2));
        Assert.That(ViewRules.Of(settings with { Method = Method.Dino }).GlobalBoxPerFrame);
        ViewRules whole = ViewRules.Of(settings with { Views = settings.Views with { ClipCrop = 0 } });
        Assert.That(new ViewSampler(whole, 1).Crop(Key(0), new(144, 256)).Size, Is.EqualTo(new PictureSize(144, 256)));
        Assert.That((whole.Globals[0].Filter, ViewRules.Of(settings).Globals[0].Filter),
            Is.EqualTo((ResizeFilter.Bicubic, ResizeFilter.Bilinear)));
    }

    private static IEnumerable<int> Range() => Enumerable.Range(0, Draws);

    private static FrameKey Key(int i) => new(i / 100, i % 100, 0);

    private static ViewRecipe[] Globals(ViewSampler sampler, int view) => [.. Range().Select(i => sampler.Global(Key(i), view, Crop))];

    private static ViewRecipe[] Locals(ViewSampler sampler) => [.. Range().Select(i => sampler.Local(Key(i), i % 6, Crop))];

    private static IEnumerable<ColorStep> Steps(ViewRecipe recipe) => Enumerable.Range(0, 4).Select(recipe.Color);

    private static void RequireShare(string what, ViewRecipe[] recipes, double expected, Func<ViewRecipe, bool> predicate) =>
        RequireNear(what, (double)recipes.Count(predicate) / recipes.Length, expected,
            Math.Sqrt(expected * (1 - expected) / recipes.Length));

    /// <summary>Mean and mean square of a uniform distribution, and its ends reached but not passed.</summary>
    private static void RequireUniform(string what, IEnumerable<double> values, double low, double high, double slack = 1e-6)
    {
        double[] unit = [.. values.Select(value => (value - low) / (high - low))];
        double end = slack / (high - low);
        Assert.That(unit, Has.Length.GreaterThan(Draws / 4));
        Assert.That(unit.Min(), Is.GreaterThanOrEqualTo(-end), what);
        Assert.That(unit.Max(), Is.LessThanOrEqualTo(1 + end), what);

        // A mean of uniforms has variance 1/12 a draw, one of their squares 1/5 − 1/9 = 4/45.
        RequireNear($"mean of {what}", unit.Average(), 0.5, Math.Sqrt(1 / 12.0 / unit.Length));
        RequireNear($"mean square of {what}", unit.Average(value => value * value), 1 / 3.0, Math.Sqrt(4 / 45.0 / unit.Length));
    }

    private static void RequireNear(string what, double actual, double expected, double deviation) =>
        Assert.That(!(Math.Abs(actual - expected) <= Deviations * deviation), Is.False,
            $"{what}: {actual}, expected {expected} ± {Deviations * deviation}");
}
