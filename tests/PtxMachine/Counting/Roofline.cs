using System.Globalization;

namespace DoRA.PtxMachine.Counting;

/// <summary>
/// Lower bounds of a launch's time on a card, each as if the card did nothing else and were full. The largest is the floor: a kernel
/// cannot be faster, and is often slower. Launch overhead and unfilled multiprocessors are not part of it.
/// </summary>
/// <param name="Card">The card.</param>
/// <param name="Memory">Seconds to move the distinct bytes.</param>
/// <param name="Tensor">Seconds of tensor-core work.</param>
/// <param name="Issue">Seconds to issue all warp instructions but moves.</param>
/// <param name="Shared">Seconds of passes over shared memory.</param>
public sealed record Roofline(Card Card, double Memory, double Tensor, double Issue, double Shared)
{
    private const int IssuesPerClock = 4;

    /// <summary>The largest bound, in seconds.</summary>
    public double Floor => Math.Max(Math.Max(Memory, Tensor), Math.Max(Issue, Shared));

    /// <summary>What bounds the launch.</summary>
    public string BoundBy => Floor == Memory ? "memory" : Floor == Tensor ? "tensor cores" : Floor == Issue ? "instruction issue"
        : "shared memory";

    public static Roofline Of(KernelCounts counts, Card card)
    {
        double clocks = card.Multiprocessors * card.Gigahertz * 1e9;
        return new Roofline(
            card,
            (counts.DistinctReadBytes + counts.DistinctWrittenBytes) / (card.MemoryGigabytes * 1e9),
            ((counts.HalfTensorOperations / card.HalfTeraflops + counts.SingleTensorOperations / card.TensorFloatTeraflops) / card.MmaShare
                + counts.WarpgroupTensorOperations / card.HalfTeraflops) / 1e12,
            counts.IssueSlots / (clocks * IssuesPerClock),
            counts.SharedPasses / clocks);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Card.Name}: at least {Floor * 1e6:0.00} us by {BoundBy} (memory {Memory * 1e6:0.00}, tensor {Tensor * 1e6:0.00}, "
            + $"issue {Issue * 1e6:0.00}, shared {Shared * 1e6:0.00})");
}
