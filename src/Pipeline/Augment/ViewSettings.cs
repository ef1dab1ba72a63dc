using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Augment;

/// <summary>A range to draw from uniformly.</summary>
public readonly record struct DrawRange(float Low, float High);

/// <summary>What sets one kind of view apart from another.</summary>
/// <param name="Size">Side of the view in pixels.</param>
/// <param name="Scale">Share of the picture's area that the box covers.</param>
/// <param name="Filter">How the box is resized.</param>
/// <param name="BlurProbability">How often the view is blurred.</param>
/// <param name="SolarizeProbability">How often the view is solarised.</param>
public sealed record ViewStyle(int Size, DrawRange Scale, ResizeFilter Filter, float BlurProbability, float SolarizeProbability = 0);

/// <summary>
/// How views are drawn. The defaults of the members are what DoRA and DINO share; the recipes are <see cref="Dora"/>,
/// <see cref="DoraUnmasked"/> and <see cref="Dino"/>.
/// </summary>
public sealed record ViewSettings
{
    /// <summary>Side of the crop that one box cuts out of all frames of a clip, from which the views are cut; 0: they are cut from the whole frames.</summary>
    public required int ClipSize { get; init; }

    /// <summary>Share of the frame's area that the clip's box covers.</summary>
    public DrawRange ClipScale { get; init; } = new(0.2f, 1);

    /// <summary>The global views; all of one size.</summary>
    public required IReadOnlyList<ViewStyle> Globals { get; init; }

    /// <summary>True when every frame draws its own boxes and flips for the global views; false when a clip's frames share them.</summary>
    public required bool GlobalBoxPerFrame { get; init; }

    /// <summary>The local views; their boxes and flips are each frame's own.</summary>
    public required ViewStyle Local { get; init; }

    /// <summary>Local views of a frame.</summary>
    public required int LocalViews { get; init; }

    /// <summary>Width over height of every box, drawn uniformly in its logarithm.</summary>
    public DrawRange AspectRatio { get; init; } = new(3f / 4, 4f / 3);

    public float FlipProbability { get; init; } = 0.5f;

    public float JitterProbability { get; init; } = 0.8f;

    /// <summary>The factor is drawn from 1 ± this.</summary>
    public float Brightness { get; init; } = 0.4f;

    /// <summary>The factor is drawn from 1 ± this.</summary>
    public float Contrast { get; init; } = 0.4f;

    /// <summary>The factor is drawn from 1 ± this.</summary>
    public float Saturation { get; init; } = 0.2f;

    /// <summary>The turn is drawn from ± this, as a share of the whole circle.</summary>
    public float Hue { get; init; } = 0.1f;

    public float GrayscaleProbability { get; init; } = 0.2f;

    /// <summary>Standard deviation of the blur in pixels of the view.</summary>
    public DrawRange BlurRadius { get; init; } = new(0.1f, 2);

    /// <summary>Side of the global views.</summary>
    public int GlobalSize => Globals[0].Size;

    /// <summary>All views of a frame: globals, then locals.</summary>
    public int Views => Globals.Count + LocalViews;

    /// <summary>DoRA's views: one global view of a clip crop, and local views.</summary>
    public static ViewSettings Dora(int globalSize = 224, int localSize = 112, int localViews = 6, int clipSize = 300) => new()
    {
        ClipSize = clipSize,
        Globals = [DoraGlobal(globalSize)],
        GlobalBoxPerFrame = false,
        Local = LocalStyle(localSize),
        LocalViews = localViews,
    };

    /// <summary>DoRA with masks off: the student sees a second global view, cut by a box of its own (on the teacher's very picture it learns
    /// a shortcut).</summary>
    public static ViewSettings DoraUnmasked(int globalSize = 224, int localSize = 112, int localViews = 6, int clipSize = 300) =>
        Dora(globalSize, localSize, localViews, clipSize) with { Globals = [DoraGlobal(globalSize), DoraGlobal(globalSize)] };

    /// <summary>DINO's views of every frame by itself: two unlike global views, and local views, all cut from the whole frame.</summary>
    public static ViewSettings Dino(int globalSize = 224, int localSize = 96, int localViews = 8) => new()
    {
        ClipSize = 0,
        Globals =
        [
            new(globalSize, new(0.4f, 1), ResizeFilter.Bicubic, BlurProbability: 1),
            new(globalSize, new(0.4f, 1), ResizeFilter.Bicubic, BlurProbability: 0.1f, SolarizeProbability: 0.2f),
        ],
        GlobalBoxPerFrame = true,
        Local = LocalStyle(localSize),
        LocalViews = localViews,
    };

    private static ViewStyle DoraGlobal(int size) => new(size, new(0.4f, 1), ResizeFilter.Bilinear, BlurProbability: 0.1f);

    private static ViewStyle LocalStyle(int size) => new(size, new(0.05f, 0.4f), ResizeFilter.Bicubic, BlurProbability: 0.5f);
}
