namespace DoRA.Pipeline.Configuration;

/// <summary>Self-distillation: temperatures and the teacher's center.</summary>
public sealed record LossSettings
{
    [Setting("temperature of the student's outputs", Minimum = 0.0001, Maximum = 100)]
    public double StudentTemperature { get; init; } = 0.1;

    [Setting("temperature of the teacher's outputs at the start", Minimum = 0.0001, Maximum = 100)]
    public double TeacherTemperatureStart { get; init; } = 0.04;

    [Setting("temperature of the teacher's outputs after its warm-up", Minimum = 0.0001, Maximum = 100)]
    public double TeacherTemperature { get; init; } = 0.04;

    [Setting("epochs over which the teacher's temperature goes from its start to its end", Minimum = 0, Maximum = 1e6)]
    public double TeacherTemperatureWarmupEpochs { get; init; }

    [Setting("share of the center that a step keeps", Minimum = 0, Maximum = 1)]
    public double CenterMomentum { get; init; } = 0.9;
}
