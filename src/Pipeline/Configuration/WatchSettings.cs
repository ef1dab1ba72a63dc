namespace DoRA.Pipeline.Configuration;

/// <summary>When the collapse watch looks, and what it takes for a sign (docs/collapse.md).</summary>
public sealed record WatchSettings
{
    [Setting("steps between looks at the teacher's answers; 0 never looks", Minimum = 0, Maximum = 1e9)]
    public int Every { get; init; } = 10;

    [Setting("steps before the first look: a fresh network looks collapsed", Minimum = 0, Maximum = 1e9)]
    public int FirstStep { get; init; } = 15;

    [Setting("looks of which the median counts", Minimum = 1, Maximum = 1000)]
    public int Window { get; init; } = 10;

    [Setting("alarm below this information of the teacher's answers, as a share of the logarithm of their number", Minimum = 0, Maximum = 1)]
    public double AlarmInformation { get; init; } = 0.05;

    [Setting("warning below this information", Minimum = 0, Maximum = 1)]
    public double WarnInformation { get; init; } = 0.22;

    [Setting("warning below this standard deviation of the features over the batch", Minimum = 0, Maximum = 10)]
    public double WarnFeatureDeviation { get; init; } = 0.3;

    [Setting("warning at this share of distinct answers or fewer", Minimum = 0, Maximum = 1)]
    public double WarnDistinct { get; init; } = 0.05;

    [Setting("nats from the logarithm of the outputs within which the loss is that of guessing", Minimum = 0, Maximum = 10)]
    public double UniformLoss { get; init; } = 0.02;

    [Setting("loss below which little information means a single answer", Minimum = 0, Maximum = 10)]
    public double SingleAnswerLoss { get; init; } = 0.5;

    [Setting("warning above this distance of the center from the batch's mean, in the answers' own spread", Minimum = 0, Maximum = 1e6)]
    public double WarnCenterDrift { get; init; } = 1;

    [Setting("warning below this entropy of the teacher's answers, as a share of the logarithm of the outputs", Minimum = 0, Maximum = 1)]
    public double WarnEntropy { get; init; } = 0.01;

    [Setting("warning above this overlap of the tracks of two objects", Minimum = 0, Maximum = 1)]
    public double WarnOverlap { get; init; } = 0.9;
}
