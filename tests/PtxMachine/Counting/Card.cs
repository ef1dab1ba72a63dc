namespace DoRA.PtxMachine.Counting;

/// <summary>
/// Rates of a card. Tensor rates are dense: where a data sheet states them with sparsity, half. Four schedulers and 128 shared bytes a clock
/// and multiprocessor, as <see cref="Roofline"/> has them, stand in the architecture white papers of all four cards.
/// </summary>
/// <param name="Name">Name of the card.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="Gigahertz">Boost clock.</param>
/// <param name="MemoryGigabytes">Memory bandwidth in GB/s.</param>
/// <param name="HalfTeraflops">Dense bf16 and half tensor rate with single-precision sums, in TFLOP/s.</param>
/// <param name="TensorFloatTeraflops">Dense tf32 tensor rate, in TFLOP/s.</param>
/// <param name="MmaShare">Share of those rates that mma.sync reaches.</param>
public sealed record Card(string Name, int Multiprocessors, double Gigahertz, double MemoryGigabytes, double HalfTeraflops,
    double TensorFloatTeraflops, double MmaShare)
{
    // Of Hopper's 989 TFLOP/s mma.sync reaches this share, only wgmma all: Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU
    // Architecture via Microbenchmarking", 2024, on an H100.
    private const double HopperMmaShare = 0.63;

    /// <summary>
    /// H200 SXM. Data sheet "NVIDIA H200 Tensor Core GPU": 4.8 TB/s, 1,979 (bf16) and 989 (tf32) TFLOP/s with sparsity. White paper "NVIDIA
    /// H100 Tensor Core GPU Architecture": 132 multiprocessors. The clock is the one that the data sheet's 67 float32 TFLOP/s mean: 132 · 128
    /// multiply-adds.
    /// </summary>
    public static Card H200 { get; } = new("H200", 132, 1.98, 4800, 989, 494, HopperMmaShare);

    /// <summary>H100 SXM. Data sheet "NVIDIA H100 Tensor Core GPU": 3.35 TB/s; all else as the H200's.</summary>
    public static Card H100 { get; } = new("H100", 132, 1.98, 3350, 989, 494, HopperMmaShare);

    /// <summary>
    /// A100 SXM 80 GB. Data sheet "NVIDIA A100 Tensor Core GPU": 2,039 GB/s, 312 (bf16) and 156 (tf32) TFLOP/s. White paper "NVIDIA A100 Tensor
    /// Core GPU Architecture": 108 multiprocessors, 1410 MHz, and those rates as mma.sync's.
    /// </summary>
    public static Card A100 { get; } = new("A100", 108, 1.41, 2039, 312, 156, 1);

    /// <summary>
    /// GeForce RTX 4090. White paper "NVIDIA Ada GPU Architecture", appendix A: 128 multiprocessors, 2520 MHz, 1008 GB/s, 165.2 (bf16 with float32
    /// sums) and 82.6 (tf32) TFLOP/s.
    /// </summary>
    public static Card Rtx4090 { get; } = new("RTX 4090", 128, 2.52, 1008, 165.2, 82.6, 1);

    public static IReadOnlyList<Card> All { get; } = [H200, H100, A100, Rtx4090];
}
