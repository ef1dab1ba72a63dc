using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>How the linear head is trained and tested.</summary>
/// <param name="Steps">Steps of gradient descent.</param>
/// <param name="Batch">Crops a step.</param>
/// <param name="Crop">Side of the crops, and of the window of the test.</param>
/// <param name="Blocks">Of so many last blocks the patch tokens are put side by side.</param>
public sealed record SegmentationSettings(
    int Steps = 2000, int Batch = 16, int Crop = 512, double LearningRate = 0.01, int Blocks = 4, int Seed = 0)
{
    /// <summary>Two thirds of the crop: 341 of 512.</summary>
    public int Stride => Math.Max(1, Crop * 2 / 3);

    /// <summary>Half a cosine to 0.</summary>
    public double RateOf(int step) => Schedules.CosineWithWarmup(step, Steps, LearningRate, 0);

    /// <exception cref="UserException">The encoder cannot work with them.</exception>
    public void Check(FrozenEncoder encoder)
    {
        int patch = encoder.Configuration.Patch, depth = encoder.Configuration.Depth;
        if (Steps < 1 || Batch < 1 || Crop < patch || Crop % patch != 0)
        {
            throw new UserException(
                $"--steps and --batch must be at least 1, and --crop, which is {Crop}, a multiple of the patch, {patch}.");
        }

        if (Blocks < 1 || Blocks > depth)
        {
            throw new UserException($"--blocks is {Blocks}, but the encoder has {depth} blocks; give 1 to {depth}.");
        }
    }
}
