namespace DoRA.Pipeline.Configuration;

/// <summary>Crops and colours.</summary>
public sealed record ViewSettings
{
    [Setting("DoRA: side of the one box of a clip that all views are cut from; 0: they are cut from whole frames", Minimum = 0, Maximum = 8192)]
    public int ClipCrop { get; init; } = 300;

    [Setting("DoRA: share of the frame's area that the clip's box covers", Minimum = 0.0001, Maximum = 1)]
    public Interval ClipScale { get; init; } = new(0.2, 1);

    [Setting("side of a global view", Minimum = 1, Maximum = 4096)]
    public int GlobalSize { get; init; } = 224;

    [Setting("share of the area that a global view covers", Minimum = 0.0001, Maximum = 1)]
    public Interval GlobalScale { get; init; } = new(0.4, 1);

    [Setting("side of a local view", Minimum = 1, Maximum = 4096)]
    public int LocalSize { get; init; } = 112;

    [Setting("share of the area that a local view covers", Minimum = 0.0001, Maximum = 1)]
    public Interval LocalScale { get; init; } = new(0.05, 0.4);

    [Setting("local views a frame", Minimum = 0, Maximum = 64)]
    public int LocalCount { get; init; } = 6;

    [Setting("probability of a horizontal flip", Minimum = 0, Maximum = 1)]
    public double Flip { get; init; } = 0.5;

    [Setting("probability of colour jitter", Minimum = 0, Maximum = 1)]
    public double Jitter { get; init; } = 0.8;

    [Setting("largest relative change of brightness", Minimum = 0, Maximum = 1)]
    public double Brightness { get; init; } = 0.4;

    [Setting("largest relative change of contrast", Minimum = 0, Maximum = 1)]
    public double Contrast { get; init; } = 0.4;

    [Setting("largest relative change of saturation", Minimum = 0, Maximum = 1)]
    public double Saturation { get; init; } = 0.2;

    [Setting("largest turn of the hue, in turns of the colour circle", Minimum = 0, Maximum = 0.5)]
    public double Hue { get; init; } = 0.1;

    [Setting("probability of grayscale", Minimum = 0, Maximum = 1)]
    public double Grayscale { get; init; } = 0.2;

    [Setting("probability of blur of a global view; DINO: of the first", Minimum = 0, Maximum = 1)]
    public double GlobalBlur { get; init; } = 0.1;

    [Setting("DINO: probability of blur of the second global view", Minimum = 0, Maximum = 1)]
    public double SecondGlobalBlur { get; init; } = 0.1;

    [Setting("DINO: probability of solarisation (at 128) of the second global view", Minimum = 0, Maximum = 1)]
    public double SecondGlobalSolarise { get; init; } = 0.2;

    [Setting("probability of blur of a local view", Minimum = 0, Maximum = 1)]
    public double LocalBlur { get; init; } = 0.5;

    [Setting("radius of the blur in pixels", Minimum = 0, Maximum = 100)]
    public Interval BlurRadius { get; init; } = new(0.1, 2);
}
