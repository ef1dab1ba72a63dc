using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Runs;

/// <summary>A video that a run was trained on.</summary>
/// <param name="Sha256">Hash of the file or of the pictures of a folder, in hexadecimal.</param>
public sealed record VideoFingerprint(string Name, long Bytes, string Sha256)
{
    public static VideoFingerprint Of(string path) => new(Path.GetFileName(path), BytesOf(path), VideoHash.Sha256(path));

    /// <summary>The size of a file or of a folder's pictures.</summary>
    public static long BytesOf(string path) => Directory.Exists(path)
        ? PictureFolderReader.Files(path).Sum(file => new FileInfo(file).Length)
        : new FileInfo(path).Length;
}

/// <summary><c>receipt.json</c>: what a run was made of, enough to make it again and to compare it with another.</summary>
/// <param name="Protocol">What was done, in the names of the settings: method, preset, fidelity.</param>
/// <param name="Settings">Every setting by its dotted name.</param>
/// <param name="Results">The steps done, the last loss and, where they were measured, the scores.</param>
public sealed record Receipt(
    string Code,
    string Device,
    string Machine,
    ulong Seed,
    string Protocol,
    IReadOnlyList<VideoFingerprint> Videos,
    IReadOnlyDictionary<string, string> Settings,
    RunResults Results)
{
    /// <summary>The weights that training began with; null for those of the seed.</summary>
    public StartingPoint? Start { get; init; }

    public string ToJson() => ResultJson.Of(this);
}

/// <summary>What a run came to.</summary>
/// <param name="Seconds">Time of training in this call, without the scores.</param>
public sealed record RunResults(int Steps, double? Loss, double Seconds, IReadOnlyList<ScoreRow> Scores)
{
    /// <summary>Share of the time spent waiting for data, 0 to 1; null in receipts that did not hold it yet.</summary>
    public double? DataWait { get; init; }

    /// <summary>Clips of the whole run that fell on damaged pictures and were drawn again.</summary>
    public int DamagedClips { get; init; }

    /// <summary>The videos in which this call met damage.</summary>
    public IReadOnlyList<VideoDamage> Damage { get; init; } = [];
}

/// <summary>A held-out score of the trained network, the untrained one and raw pixels.</summary>
public sealed record ScoreRow(string Score, double Untrained, double Trained, double RawPixels);
