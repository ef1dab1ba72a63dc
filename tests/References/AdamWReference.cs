namespace DoRA.References;

/// <summary>One tensor's step: clipping by its own norm, AdamW, and the teacher's moving average.</summary>
public static class AdamWReference
{
    public sealed record State(double[] Weights, double[] Mean, double[] Variance, double[] Teacher);

    public sealed record Settings(
        double LearningRate, double WeightDecay, double Beta1, double Beta2, double Epsilon, double ClipNorm, double TeacherMomentum);

    /// <param name="step">Updates of this tensor, this one included; 0 moves only the teacher.</param>
    public static (State State, double Norm) Step(State state, double[] gradient, Settings settings, bool decays, int step)
    {
        double norm = Math.Sqrt(gradient.Sum(value => value * value)), clip = Math.Min(1, settings.ClipNorm / (norm + 1e-6));
        double[] weights = [.. state.Weights], mean = [.. state.Mean], variance = [.. state.Variance], teacher = [.. state.Teacher];
        for (int i = 0; i < weights.Length; i++)
        {
            if (step > 0)
            {
                double g = gradient[i] * clip;
                weights[i] *= 1 - (decays ? settings.LearningRate * settings.WeightDecay : 0);
                mean[i] = (settings.Beta1 * mean[i]) + ((1 - settings.Beta1) * g);
                variance[i] = (settings.Beta2 * variance[i]) + ((1 - settings.Beta2) * g * g);
                double unbiasedMean = mean[i] / (1 - Math.Pow(settings.Beta1, step)),
                    unbiasedVariance = variance[i] / (1 - Math.Pow(settings.Beta2, step));
                weights[i] -= settings.LearningRate * unbiasedMean / (Math.Sqrt(unbiasedVariance) + settings.Epsilon);
            }

            teacher[i] = (settings.TeacherMomentum * teacher[i]) + ((1 - settings.TeacherMomentum) * weights[i]);
        }

        return (new(weights, mean, variance, teacher), norm);
    }
}
