namespace DoRA.Pipeline.Configuration;

/// <summary>The projection head.</summary>
public sealed record HeadSettings
{
    [Setting("width of the two hidden layers", Minimum = 1, Maximum = 65536)]
    public int Hidden { get; init; } = 2048;

    [Setting("width of the normalised bottleneck", Minimum = 1, Maximum = 65536)]
    public int Bottleneck { get; init; } = 256;

    [Setting("outputs (prototypes of the last layer)", Minimum = 2, Maximum = 1 << 24)]
    public int Outputs { get; init; } = 65536;

    [Setting("keep the last layer's scale weight_g at 1 instead of training it")]
    public bool NormLastLayer { get; init; } = true;
}
