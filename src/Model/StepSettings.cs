namespace DoRA.Model;

/// <summary>What changes from step to step: the values of the schedules.</summary>
/// <param name="Step">Number of the step, part of the key of its random numbers.</param>
/// <param name="LearningRate">AdamW's.</param>
/// <param name="WeightDecay">AdamW's; biases and one-dimensional parameters get none.</param>
/// <param name="TeacherMomentum">Share of the teacher that the step keeps.</param>
/// <param name="TeacherTemperature">τ_t.</param>
/// <param name="FreezesLastLayer">Drops the last layer's gradients: the first epoch.</param>
public sealed record StepSettings(
    uint Step, double LearningRate, double WeightDecay, double TeacherMomentum, double TeacherTemperature, bool FreezesLastLayer = false)
{
    /// <summary>[clips × objects], a clip's side by side: the attention heads to discover objects with; drawn where absent.</summary>
    public IReadOnlyList<int>? Heads { get; init; }
}
