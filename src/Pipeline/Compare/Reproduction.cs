using DoRA.Kernels;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Compare;

/// <summary>A number of a receipt and what it came to now.</summary>
internal sealed record ReproducedNumber(string Name, double? Then, double? Now)
{
    public bool IsEqual => Then.Equals(Now);
}

/// <summary>A receipt's run once more.</summary>
/// <param name="Differences">What is not as it was: code, device, machine.</param>
internal sealed record Reproduction(bool IsEqual, IReadOnlyList<string> Differences, IReadOnlyList<ReproducedNumber> Numbers)
{
    /// <summary>The videos of a receipt, found by their hashes.</summary>
    /// <param name="candidates">Files and folders to look in.</param>
    /// <exception cref="UserException">A video is not there, or another file has its name.</exception>
    public static string[] FindVideos(Receipt receipt, IReadOnlyList<string> candidates)
    {
        string[] places = [.. candidates.SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Concat(
                Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Prepend(path).Where(PictureFolderReader.Holds))
            : [path]).Where(Path.Exists)];
        (string Path, long Bytes)[] sized = [.. places.Select(place => (place, VideoFingerprint.BytesOf(place)))];
        return [.. receipt.Videos.Select(video => Find(video, sized))];
    }

    /// <summary>The weights that a receipt's training began with, found by their hash: where they were, or among candidates; null where there are none.</summary>
    /// <exception cref="UserException">They are not there.</exception>
    public static StartingPoint? FindStart(Receipt receipt, IReadOnlyList<string> candidates)
    {
        if (receipt.Start is not { } start)
        {
            return null;
        }

        string? found = candidates.Prepend(start.Path)
            .SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [path])
            .FirstOrDefault(file => File.Exists(file) && new FileInfo(file).Length == start.Bytes && VideoHash.Sha256(file) == start.Sha256);
        return found is not null
            ? start with { Path = found }
            : throw new UserException(
                $"The weights that the receipt's training began with, {start.Path} (SHA-256 {start.Sha256}), were not found; "
                + "name them, or a folder that holds them, after the receipt.");
    }

    /// <summary>What is now otherwise than a receipt says, each a sentence.</summary>
    public static IReadOnlyList<string> DifferencesOf(Receipt then, string code, string device, string machine)
    {
        (string What, string Then, string Now)[] facts =
        [
            ("code", then.Code, code), ("device", then.Device, device), ("machine", then.Machine, machine),
        ];
        return [.. facts.Where(fact => fact.Then != fact.Now).Select(fact => $"The receipt's {fact.What} is {fact.Then}, here it is {fact.Now}.")];
    }

    public static Reproduction Of(Receipt then, Receipt now)
    {
        List<ReproducedNumber> numbers = [new("steps", then.Results.Steps, now.Results.Steps), new("loss", then.Results.Loss, now.Results.Loss)];
        foreach (ScoreRow score in then.Results.Scores)
        {
            ScoreRow? again = now.Results.Scores.FirstOrDefault(row => row.Score == score.Score);
            numbers.Add(new($"{score.Score}, untrained", score.Untrained, again?.Untrained));
            numbers.Add(new($"{score.Score}, trained", score.Trained, again?.Trained));
        }

        return new(numbers.All(number => number.IsEqual), DifferencesOf(then, now.Code, now.Device, now.Machine), numbers);
    }

    public string ToText() =>
        $"{TextTable.Of(["", "receipt", "now", ""], Numbers.Select(number => new[] { number.Name, $"{number.Then:r}", $"{number.Now:r}", number.IsEqual ? "equal" : "unequal" }))}"
        + $"\n\n{(IsEqual ? "Equal: every number is the same to the last bit." : "Unequal.")}";

    private static string Find(VideoFingerprint video, (string Path, long Bytes)[] places)
    {
        foreach ((string place, long bytes) in places)
        {
            if (bytes == video.Bytes && VideoHash.Sha256(place) == video.Sha256)
            {
                return place;
            }
        }

        string known = $"{video.Name} ({video.Bytes} bytes, SHA-256 {video.Sha256})";
        throw new UserException(Array.Find(places, place => Path.GetFileName(place.Path) == video.Name).Path is { } namesake
            ? $"{namesake} is not the video of the receipt, {known}: its bytes differ; name the right one after the receipt."
            : $"The receipt's video {known} was not found; name it, or a folder that holds it, after the receipt.");
    }
}
