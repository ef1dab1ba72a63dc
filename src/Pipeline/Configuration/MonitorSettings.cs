namespace DoRA.Pipeline.Configuration;

/// <summary>Scores during the training, beside those of the untrained network.</summary>
public sealed record MonitorSettings
{
    internal const string NoFolder = "none";

    [Setting("steps between scores; 0: ten times a run", Minimum = 0, Maximum = 1e9)]
    public int Every { get; init; }

    [Setting("frames of the videos that are scored on, of the part that data.trainingShare holds out where there is one; 0 scores nothing", Minimum = 0, Maximum = 100000)]
    public int Frames { get; init; } = 128;

    [Setting("a folder with train/ and val/, each with a folder of pictures a class, to score by k-NN; none for none")]
    public string Folder { get; init; } = NoFolder;

    [Setting("neighbours of the k-NN score", Minimum = 1, Maximum = 1000)]
    public int Neighbours { get; init; } = 20;
}
