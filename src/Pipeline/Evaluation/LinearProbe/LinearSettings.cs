using DoRA.Autograd;

namespace DoRA.Pipeline.Evaluation.LinearProbe;

/// <summary>DINO's linear evaluation; the defaults are its own for ViT-S.</summary>
/// <param name="Blocks">Of so many last blocks the CLS tokens are put side by side.</param>
/// <param name="AveragesPatches">Of the last block also the mean of its patch tokens; then there is one block, as for ViT-B.</param>
/// <param name="LearningRate">For a batch of 256; scaled with the batch.</param>
public sealed record LinearSettings(
    int Epochs = 100, int Batch = 1024, double LearningRate = 0.01, int Blocks = 4, bool AveragesPatches = false, int Seed = 0)
{
    private const double ReferenceBatch = 256;

    /// <summary>Half a cosine to 0 over the epochs, the same within an epoch.</summary>
    public double RateOf(int epoch) => Schedules.CosineWithWarmup(epoch, Epochs, LearningRate * Batch / ReferenceBatch, 0);
}
