namespace DoRA.Pipeline.Configuration;

/// <summary>The collapse watch: when it looks, and what it takes as a sign.</summary>
public sealed record WatchSettings
{
    [Setting("steps between looks; 0 switches the watch off", Minimum = 0, Maximum = 1e9)]
    public int Every { get; init; } = 1;

    [Setting("first step that counts", Minimum = 0, Maximum = 1e9)]
    public int FirstStep { get; init; } = 15;

    [Setting("looks whose median is judged", Minimum = 1, Maximum = 10000)]
    public int Window { get; init; } = 10;

    [Setting("alarm when the teacher's mutual information is below this share of ln(rows)", Minimum = 0, Maximum = 1)]
    public double AlarmInformation { get; init; } = 0.05;

    [Setting("warn when the teacher's mutual information is below this share of ln(rows)", Minimum = 0, Maximum = 1)]
    public double WarnInformation { get; init; } = 0.22;

    [Setting("warn when the features' standard deviation is below this", Minimum = 0, Maximum = 1)]
    public double WarnFeatureStd { get; init; } = 0.3;

    [Setting("warn when the distinct winning outputs are at most this share of the rows", Minimum = 0, Maximum = 1)]
    public double WarnDistinct { get; init; } = 0.05;

    [Setting("a loss this close to ln(outputs), with a vanishing gradient, is a uniform output", Minimum = 0, Maximum = 10)]
    public double UniformMargin { get; init; } = 0.02;

    [Setting("a loss below this, with little information, is a single winning output", Minimum = 0, Maximum = 100)]
    public double SingleLoss { get; init; } = 0.5;
}
