using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Dataset;

/// <summary>
/// The data set of the paper (ICLR 2024, section 3): ten videos, to be downloaded from their pages. Facts are those of its page of source; of
/// the lengths it states only the shortest, the longest and the mean.
/// </summary>
/// <param name="Source">The authors' page with the list of the videos.</param>
/// <param name="MeanMinutes">Mean length of the ten.</param>
public sealed record WalkingTours(
    string Name, string Licence, string Source, int Width, int Height, double FramesPerSecond, int MeanMinutes, IReadOnlyList<TourVideo> Videos)
{
    public static WalkingTours Published { get; } = Load();

    public int LeastMinutes => Videos.Min(video => video.Minutes ?? int.MaxValue);

    public int MostMinutes => Videos.Max(video => video.Minutes ?? 0);

    private static WalkingTours Load()
    {
        using Stream stream = typeof(WalkingTours).Assembly.GetManifestResourceStream("walking-tours.json")!;
        return ResultJson.Read<WalkingTours>(stream);
    }
}
