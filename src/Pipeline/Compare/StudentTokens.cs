using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Compare;

/// <summary>Tokens that the student's transformer sees of each frame: what a step costs, nearly.</summary>
internal static class StudentTokens
{
    public static int OfFrame(Settings settings) =>
        (GlobalViews(settings) * Tokens(settings.Views.GlobalSize, settings)) + (settings.Views.LocalCount * Tokens(settings.Views.LocalSize, settings));

    /// <summary>As many local views as bring the student's tokens nearest to a number.</summary>
    public static int LocalViewsFor(int tokens, Settings settings) => Math.Max(0, (int)Math.Round(
        (double)(tokens - (GlobalViews(settings) * Tokens(settings.Views.GlobalSize, settings))) / Tokens(settings.Views.LocalSize, settings)));

    private static int GlobalViews(Settings settings) => settings switch
    {
        { Method: Method.Dino } => 2,
        { Tracker.Masks: MaskSource.None } => 1,
        _ => settings.Tracker.Objects,
    };

    private static int Tokens(int side, Settings settings) => 1 + (side / settings.Model.Patch * (side / settings.Model.Patch));
}
