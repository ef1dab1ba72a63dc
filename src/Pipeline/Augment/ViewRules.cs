using DoRA.Kernels.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Augment;

/// <summary>What sets one kind of view apart from another.</summary>
/// <param name="Size">Side of the view in pixels.</param>
/// <param name="Scale">Share of the picture's area that the box covers.</param>
/// <param name="Filter">How the box is resized.</param>
/// <param name="BlurProbability">How often the view is blurred.</param>
/// <param name="SolarizeProbability">How often the view is solarised.</param>
public sealed record ViewStyle(int Size, Interval Scale, ResizeFilter Filter, double BlurProbability, double SolarizeProbability = 0);

/// <summary>Which views are made of a frame, and how they are drawn.</summary>
/// <param name="Settings">What all views share: the clip's box, flips, colours, the blur's radius.</param>
/// <param name="ClipSize">Side of the crop that one box cuts out of all frames of a clip, from which the views are cut; 0: they are cut
/// from whole frames.</param>
/// <param name="Globals">The global views, all of one size.</param>
/// <param name="GlobalBoxPerFrame">True when every frame draws its own boxes and flips for the global views; false when a clip's frames
/// share them.</param>
/// <param name="Local">The local views; their boxes and flips are each frame's own.</param>
/// <param name="LocalViews">Local views of a frame.</param>
public sealed record ViewRules(
    ViewSettings Settings, int ClipSize, IReadOnlyList<ViewStyle> Globals, bool GlobalBoxPerFrame, ViewStyle Local, int LocalViews)
{
    /// <summary>Side of the global views.</summary>
    public int GlobalSize => Globals[0].Size;

    /// <summary>The rules that a training's method and masks ask for.</summary>
    public static ViewRules Of(Settings settings) => settings.Method switch
    {
        Method.Dino => Dino(settings.Views),
        _ when settings.Tracker.Masks == MaskSource.None => DoraUnmasked(settings.Views),
        _ => Dora(settings.Views),
    };

    /// <summary>
    /// One global view and local views of each frame. The clip's crop and the global view from it are resized as video is, without
    /// antialiasing; a global view straight from whole frames (<c>views.clipCrop</c> 0) is made much smaller at once, and is antialiased.
    /// </summary>
    public static ViewRules Dora(ViewSettings settings)
    {
        ResizeFilter filter = settings.ClipCrop > 0 ? ResizeFilter.Bilinear : ResizeFilter.Bicubic;
        ViewStyle global = new(settings.GlobalSize, settings.GlobalScale, filter, settings.GlobalBlur);
        return new(settings, settings.ClipCrop, [global], GlobalBoxPerFrame: false, LocalStyle(settings), settings.LocalCount);
    }

    /// <summary>DoRA with masks off: the student sees a second global view, cut by a box of its own (on the teacher's very picture it
    /// learns a shortcut).</summary>
    public static ViewRules DoraUnmasked(ViewSettings settings)
    {
        ViewRules masked = Dora(settings);
        return masked with { Globals = [masked.Globals[0], masked.Globals[0]] };
    }

    /// <summary>DINO: every frame by itself; two unlike global views and local views, all cut from the whole frame.</summary>
    public static ViewRules Dino(ViewSettings settings) => new(
        settings,
        ClipSize: 0,
        [
            new(settings.GlobalSize, settings.GlobalScale, ResizeFilter.Bicubic, settings.GlobalBlur),
            new(settings.GlobalSize, settings.GlobalScale, ResizeFilter.Bicubic, settings.SecondGlobalBlur, settings.SecondGlobalSolarise),
        ],
        GlobalBoxPerFrame: true,
        LocalStyle(settings),
        settings.LocalCount);

    private static ViewStyle LocalStyle(ViewSettings settings) =>
        new(settings.LocalSize, settings.LocalScale, ResizeFilter.Bicubic, settings.LocalBlur);
}
