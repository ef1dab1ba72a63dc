using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Kernels.Primitives;
using DoRA.Model.Layers;

namespace DoRA.Model;

/// <summary>
/// Drops residual branches of whole samples: block i of L at rate <c>rate · i/(L − 1)</c>, each branch drawn on its own.
/// </summary>
/// <param name="Rate">The last block's rate.</param>
/// <param name="Depth">L.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The training step.</param>
/// <param name="Pass">Distinguishes the passes of a step, of all processes.</param>
public readonly record struct StochasticDepth(float Rate, int Depth, ulong Seed, uint Step, uint Pass)
{
    private const int Branches = 2;

    internal BranchScales Draw(Tape tape, int block, int views, int rowsPerView)
    {
        float rate = Rate * block / Math.Max(1, Depth - 1);
        return rate > 0
            ? new(DrawBranch(tape, block, 0, rate, views, rowsPerView), DrawBranch(tape, block, 1, rate, views, rowsPerView))
            : default;
    }

    private RowScale DrawBranch(Tape tape, int block, int branch, float rate, int views, int rowsPerView)
    {
        DeviceSpan scales = tape.Arena.Rent(views, ElementType.Float32);
        uint item = (uint)((((Pass * Depth) + block) * Branches) + branch);
        tape.Device.Kernels.StochasticDepth.Draw(scales, views, rate, new(Seed, RandomPurpose.StochasticDepth, Step, item));
        return new(scales, rowsPerView);
    }
}
