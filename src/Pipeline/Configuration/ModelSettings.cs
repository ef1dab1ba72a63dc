namespace DoRA.Pipeline.Configuration;

/// <summary>The vision transformer.</summary>
public sealed record ModelSettings
{
    [Setting("size: tiny (192/12/3), small (384/12/6), base (768/12/12; width/depth/heads), or custom")]
    public ModelName Name { get; init; } = ModelName.Small;

    [Setting("width of a token", Minimum = 1, Maximum = 8192)]
    public int Width { get; init; } = 384;

    [Setting("number of blocks", Minimum = 1, Maximum = 256)]
    public int Depth { get; init; } = 12;

    [Setting("attention heads of a block", Minimum = 1, Maximum = 256)]
    public int Heads { get; init; } = 6;

    [Setting("side of a patch in pixels", Minimum = 1, Maximum = 256)]
    public int Patch { get; init; } = 16;

    [Setting("side in pixels of the image that the position embedding is laid out for", Minimum = 1, Maximum = 4096)]
    public int ImageSize { get; init; } = 224;

    [Setting("stochastic depth of the student's last block; it rises linearly from 0", Minimum = 0, Maximum = 0.99)]
    public double DropPath { get; init; } = 0.1;

    [Setting("how linear weights start")]
    public Initialisation Initialisation { get; init; } = Initialisation.TruncatedNormal;
}
