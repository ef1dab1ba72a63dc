namespace DoRA.PtxMachine.Counting;

/// <summary>
/// Rates of a card. Sources: the makers' data sheets (dense rates, no sparsity); the issue rate of four warp instructions and 128
/// shared bytes a clock and multiprocessor from the architecture whitepapers; the share of the tensor rate that mma.sync reaches on Hopper,
/// where only wgmma reaches all of it, from published microbenchmarks.
/// </summary>
/// <param name="Name">Name of the card.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="Gigahertz">Boost clock.</param>
/// <param name="MemoryGigabytes">Memory bandwidth in GB/s.</param>
/// <param name="HalfTeraflops">Dense bf16 and half tensor rate with single-precision sums, in TFLOP/s.</param>
/// <param name="TensorFloatTeraflops">Dense tf32 tensor rate, in TFLOP/s.</param>
/// <param name="MmaShare">Share of those rates that mma.sync reaches.</param>
public sealed record Card(string Name, int Multiprocessors, double Gigahertz, double MemoryGigabytes, double HalfTeraflops, double TensorFloatTeraflops, double MmaShare)
{
    /// <summary>H200 SXM: NVIDIA H200 data sheet; 132 multiprocessors.</summary>
    public static Card H200 { get; } = new("H200", 132, 1.98, 4800, 989, 494, 0.63);

    /// <summary>H100 SXM: NVIDIA H100 data sheet.</summary>
    public static Card H100 { get; } = new("H100", 132, 1.98, 3350, 989, 494, 0.63);

    /// <summary>A100 SXM 80 GB: NVIDIA A100 data sheet.</summary>
    public static Card A100 { get; } = new("A100", 108, 1.41, 2039, 312, 156, 1);

    /// <summary>GeForce RTX 4090: NVIDIA Ada architecture whitepaper.</summary>
    public static Card Rtx4090 { get; } = new("RTX 4090", 128, 2.52, 1008, 165, 83, 1);

    public static IReadOnlyList<Card> All { get; } = [H200, H100, A100, Rtx4090];
}
