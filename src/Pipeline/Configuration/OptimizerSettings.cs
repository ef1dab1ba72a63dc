namespace DoRA.Pipeline.Configuration;

/// <summary>AdamW, its schedules, and the teacher's average.</summary>
public sealed record OptimizerSettings
{
    [Setting("learning rate after the warm-up, for optimizer.referenceBatch clips; it grows with data.batch", Minimum = 0, Maximum = 100)]
    public double LearningRate { get; init; } = 5e-4;

    [Setting("clips that optimizer.learningRate is for; 0 takes it as it is, whatever data.batch", Minimum = 0, Maximum = 1 << 20)]
    public int ReferenceBatch { get; init; } = 256;

    [Setting("epochs over which the learning rate rises linearly from 0", Minimum = 0, Maximum = 1e6)]
    public double WarmupEpochs { get; init; } = 10;

    [Setting("learning rate at the end of its cosine", Minimum = 0, Maximum = 100)]
    public double FinalLearningRate { get; init; } = 1e-5;

    [Setting("Adam's memory of gradients", Minimum = 0, Maximum = 0.999999)]
    public double Beta1 { get; init; } = 0.9;

    [Setting("Adam's memory of squared gradients", Minimum = 0, Maximum = 0.9999999)]
    public double Beta2 { get; init; } = 0.999;

    [Setting("what Adam adds to the root of the squared gradients", Minimum = 1e-30, Maximum = 1)]
    public double Epsilon { get; init; } = 1e-8;

    [Setting("weight decay at the start; biases and one-dimensional parameters have none", Minimum = 0, Maximum = 100)]
    public double WeightDecay { get; init; } = 0.04;

    [Setting("weight decay at the end of its cosine", Minimum = 0, Maximum = 100)]
    public double FinalWeightDecay { get; init; } = 0.4;

    [Setting("largest norm of a parameter tensor's gradient; 0 does not clip", Minimum = 0, Maximum = 1e6)]
    public double Clip { get; init; } = 3;

    [Setting("share of the teacher that a step keeps, at the start", Minimum = 0, Maximum = 1)]
    public double TeacherMomentum { get; init; } = 0.996;

    [Setting("share of the teacher that a step keeps, at the end of its cosine", Minimum = 0, Maximum = 1)]
    public double FinalTeacherMomentum { get; init; } = 1;

    [Setting("epochs during which the head's last layer stays as it is", Minimum = 0, Maximum = 1e6)]
    public double FreezeLastLayerEpochs { get; init; } = 1;

    /// <summary>The learning rate after the warm-up, for a batch of so many clips.</summary>
    public double ScaledLearningRate(int batch) => ReferenceBatch == 0 ? LearningRate : LearningRate * batch / ReferenceBatch;
}
