namespace DoRA.Pipeline.Dataset;

/// <summary>A video of Walking Tours.</summary>
/// <param name="Id">Of its page at YouTube.</param>
/// <param name="EarlierId">The id that an earlier version of the authors' list had.</param>
/// <param name="OtherName">As the authors' list spells it.</param>
/// <param name="Minutes">Its length where the authors state it.</param>
public sealed record TourVideo(string Name, string Id, string? EarlierId = null, string? OtherName = null, int? Minutes = null)
{
    public string Page => $"https://www.youtube.com/watch?v={Id}";

    /// <summary>How surely a file's name means this video: 2 by an id, 1 by the name, 0 not at all.</summary>
    public int Match(string fileName)
    {
        string name = Path.GetFileNameWithoutExtension(fileName);
        return name.Contains(Id, StringComparison.Ordinal) || (EarlierId is not null && name.Contains(EarlierId, StringComparison.Ordinal)) ? 2
            : Letters(name).Contains(Letters(Name), StringComparison.Ordinal)
                || (OtherName is not null && Letters(name).Contains(Letters(OtherName), StringComparison.Ordinal)) ? 1
            : 0;
    }

    /// <summary>Downloads write Chiang_Mai, chiang-mai and ChiangMai.</summary>
    private static string Letters(string name) => string.Concat(name.Where(char.IsLetter)).ToLowerInvariant();
}
