using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>Sizes of the projection head.</summary>
/// <param name="Outputs">K, the number of outputs.</param>
/// <param name="Hidden">Width of the two hidden layers.</param>
/// <param name="Bottleneck">Width of the normalised features before the last layer.</param>
/// <param name="NormLastLayer">Keeps the last layer's lengths <c>weight_g</c> at 1 instead of training them.</param>
public sealed record DinoHeadConfiguration(int Outputs = 65536, int Hidden = 2048, int Bottleneck = 256, bool NormLastLayer = false)
{
    /// <exception cref="UserException">A size is below 1.</exception>
    public void Validate()
    {
        if (Outputs < 1 || Hidden < 1 || Bottleneck < 1)
        {
            throw new UserException(
                $"The head's sizes (outputs {Outputs}, hidden {Hidden}, bottleneck {Bottleneck}) must all be at least 1.");
        }
    }
}
