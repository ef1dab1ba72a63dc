using DoRA.Autograd;
using DoRA.Model;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>What the schedules say for each step, as DINO's training loop has them: rate, decay and momentum by step, the rest by epoch.</summary>
public sealed class TrainingSchedule(Settings settings, TrainingLength length)
{
    /// <summary>Steps of the whole training.</summary>
    public int Steps { get; } = checked((int)length.Steps);

    /// <param name="step">Steps done before.</param>
    public StepSettings At(int step)
    {
        OptimizerSettings optimizer = settings.Optimizer;
        LossSettings loss = settings.Loss;
        double epoch = Math.Floor(step / length.StepsPerEpoch);
        int warmupSteps = (int)Math.Round(optimizer.WarmupEpochs * length.StepsPerEpoch);
        return new(
            (uint)step,
            LearningRate: (float)Schedules.CosineWithWarmup(
                step, Steps, optimizer.ScaledLearningRate(settings.Data.Batch), optimizer.FinalLearningRate, warmupSteps),
            WeightDecay: (float)Schedules.CosineWithWarmup(step, Steps, optimizer.WeightDecay, optimizer.FinalWeightDecay),
            TeacherMomentum: (float)Schedules.CosineWithWarmup(step, Steps, optimizer.TeacherMomentum, optimizer.FinalTeacherMomentum),
            TeacherTemperature: (float)Schedules.LinearThenConstant(
                (int)epoch, (int)loss.TeacherTemperatureWarmupEpochs, loss.TeacherTemperatureStart, loss.TeacherTemperature),
            FreezesLastLayer: epoch < optimizer.FreezeLastLayerEpochs);
    }
}
