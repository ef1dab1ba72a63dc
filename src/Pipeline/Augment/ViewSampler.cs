using DoRA.Kernels.Augment;
using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Augment;

/// <summary>One frame of one clip of one step: what its random numbers are named by, beside the seed.</summary>
/// <param name="Step">Training step.</param>
/// <param name="Clip">Number of the clip in the step's whole batch.</param>
/// <param name="Frame">Number of the frame in the clip.</param>
public readonly record struct FrameKey(long Step, int Clip, int Frame);

/// <summary>
/// Draws boxes and recipes, each a pure function of the seed, the step, the clip, the view and the frame. Threads may share it.
/// </summary>
public sealed class ViewSampler(ViewRules rules, ulong seed)
{
    private const uint FramesAtMost = 1 << 16;

    public ViewRules Rules { get; } = rules;

    private ViewSettings Settings => Rules.Settings;

    /// <summary>What to cut out of a frame before the views: the clip's box, brought to a square, or the whole frame as it is.</summary>
    /// <param name="shown">The frame's size as a viewer sees it.</param>
    public (CropBox Box, PictureSize Size) Crop(FrameKey key, PictureSize shown)
    {
        if (Rules.ClipSize == 0)
        {
            return (CropBox.Whole(shown), shown);
        }

        ViewNumbers numbers = new(Stream(RandomPurpose.ClipBox, key), 0);
        return (RandomResizedCrop.Draw(numbers, shown, Settings.ClipScale), new(Rules.ClipSize, Rules.ClipSize));
    }

    /// <summary>The recipe of a global view, cut from source 0.</summary>
    /// <param name="crop">Size of what <see cref="Crop"/> cut.</param>
    public ViewRecipe Global(FrameKey key, int view, PictureSize crop)
    {
        PhiloxStream stream = Stream(RandomPurpose.GlobalView, key);
        ViewNumbers own = new(stream, Block(view, key)), shared = new(stream, (uint)view * FramesAtMost);
        return Recipe(Rules.GlobalBoxPerFrame ? own : shared, own, Rules.Globals[view], crop);
    }

    /// <summary>The recipe of a local view, cut from source 0.</summary>
    /// <param name="crop">Size of what <see cref="Crop"/> cut.</param>
    public ViewRecipe Local(FrameKey key, int view, PictureSize crop)
    {
        ViewNumbers own = new(Stream(RandomPurpose.LocalView, key), Block(view, key));
        return Recipe(own, own, Rules.Local, crop);
    }

    // Block 0 of a view belongs to the whole clip, the others to its frames.
    private static uint Block(int view, FrameKey key) => ((uint)view * FramesAtMost) + (uint)key.Frame + 1;

    private PhiloxStream Stream(RandomPurpose purpose, FrameKey key) => new(seed, purpose, checked((uint)key.Step), (uint)key.Clip);

    private ViewRecipe Recipe(ViewNumbers box, ViewNumbers color, ViewStyle style, PictureSize crop)
    {
        ViewRecipe recipe = new()
        {
            Box = RandomResizedCrop.Draw(box, crop, style.Scale),
            Filter = style.Filter,
            Flip = box.Happens(ViewNumbers.Flip, Settings.Flip),
            Grayscale = color.Happens(ViewNumbers.Grayscale, Settings.Grayscale),
            BlurRadius = color.Happens(ViewNumbers.Blur, style.BlurProbability)
                ? color.Uniform(ViewNumbers.BlurRadius, Settings.BlurRadius)
                : 0,
            Solarize = color.Happens(ViewNumbers.Solarize, style.SolarizeProbability),
        };
        return color.Happens(ViewNumbers.Jitter, Settings.Jitter) ? Jittered(recipe, color) : recipe;
    }

    private ViewRecipe Jittered(ViewRecipe recipe, ViewNumbers numbers)
    {
        Span<ColorStep> steps =
        [
            new(ColorOperation.Brightness, numbers.Uniform(ViewNumbers.Brightness, Around(Settings.Brightness))),
            new(ColorOperation.Contrast, numbers.Uniform(ViewNumbers.Contrast, Around(Settings.Contrast))),
            new(ColorOperation.Saturation, numbers.Uniform(ViewNumbers.Saturation, Around(Settings.Saturation))),
            new(ColorOperation.Hue, numbers.Uniform(ViewNumbers.Hue, new(-Settings.Hue, Settings.Hue))),
        ];
        for (int last = 3; last > 0; last--)
        {
            int other = numbers.Integer(ViewNumbers.Order + (uint)last - 1, last + 1);
            (steps[last], steps[other]) = (steps[other], steps[last]);
        }

        return recipe with { Color1 = steps[0], Color2 = steps[1], Color3 = steps[2], Color4 = steps[3] };
    }

    private static Interval Around(double strength) => new(Math.Max(0, 1 - strength), 1 + strength);
}
