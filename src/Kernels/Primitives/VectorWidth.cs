using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Primitives;

/// <summary>The vector widths that the CPU engine's kernels are compiled for.</summary>
internal enum VectorWidth
{
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

internal static class VectorWidths
{
    /// <summary>The widest that this machine computes with in hardware.</summary>
    public static VectorWidth Widest { get; } =
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512 : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256 : VectorWidth.Bits128;
}
