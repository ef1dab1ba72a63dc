using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;

namespace DoRA.Kernels.Attention;

/// <summary>
/// Attention over bf16 on tensor cores, for heads of width 64 whose rows begin at multiples of 16 bytes; all others go through
/// <see cref="CudaAttention"/>.
/// </summary>
internal sealed class TensorCoreAttention(CudaDevice device) : AttentionKernels
{
    private readonly CudaAttention _general = new(device);

    private readonly CudaKernel
        _forward = device.Kernel(TensorCoreAttentionForward.Attend),
        _query = device.Kernel(TensorCoreAttentionBackward.QueryGradient),
        _keyValue = device.Kernel(TensorCoreAttentionBackward.KeyValueGradient);

    public override void Forward(DeviceSpan output, DeviceSpan logSumExp, DeviceSpan clsAttention, RowSpan query, RowSpan key,
        RowSpan value, AttentionSize size)
    {
        if (!Fits(size, output, query, key, value))
        {
            _general.Forward(output, logSumExp, clsAttention, query, key, value, size);
            return;
        }

        (int warps, Extents grid) = Share(size, size.Queries, TensorCoreAttentionForward.Warps);
        _forward.LaunchShared(grid, warps * CudaWarp.Lanes, TensorCoreAttentionForward.SharedBytes(warps, size.Tokens), output, logSumExp,
            clsAttention, query.Span, query.Stride, key.Span, key.Stride, value.Span, value.Stride, KernelArgument.Of(size));
    }

    public override void Backward(
        RowSpan dQuery, RowSpan dKey, RowSpan dValue, DeviceSpan dOutput, DeviceSpan output, DeviceSpan logSumExp,
        RowSpan query, RowSpan key, RowSpan value, AttentionSize size)
    {
        if (!Fits(size, output, query, key, value) || !Fits(size, dOutput, dQuery, dKey, dValue))
        {
            _general.Backward(dQuery, dKey, dValue, dOutput, output, logSumExp, query, key, value, size);
            return;
        }

        DeviceSpan rowTerms = device.Scratch(2L * size.Batch * size.Heads * size.Queries, "terms of attention's queries");
        (int warps, Extents grid) = Share(size, size.Queries, TensorCoreAttentionBackward.QueryWarps);
        _query.LaunchShared(grid, warps * CudaWarp.Lanes, TensorCoreAttentionBackward.QuerySharedBytes(warps, size.Tokens), dQuery.Span,
            dQuery.Stride, rowTerms, dOutput, output, logSumExp, query.Span, query.Stride, key.Span, key.Stride, value.Span, value.Stride,
            KernelArgument.Of(size));
        (warps, grid) = Share(size, size.Tokens, TensorCoreAttentionBackward.KeyWarps);
        _keyValue.LaunchShared(grid, warps * CudaWarp.Lanes, TensorCoreAttentionBackward.KeySharedBytes(warps, size.Queries), dKey.Span,
            dKey.Stride, dValue.Span, dValue.Stride, rowTerms, dOutput, query.Span, query.Stride, key.Span, key.Stride, value.Span,
            value.Stride, KernelArgument.Of(size));
    }

    /// <summary>The fewest groups of at most so many warps that have a warp for each 16 rows, and the fewest warps for that.</summary>
    private static (int Warps, Extents Grid) Share(AttentionSize size, int rows, int mostWarps)
    {
        int tiles = (rows + TensorCoreHead.TileRows - 1) / TensorCoreHead.TileRows, groups = (tiles + mostWarps - 1) / mostWarps,
            warps = groups == 0 ? 1 : (tiles + groups - 1) / groups;
        return (warps, new(size.Batch * size.Heads, groups));
    }

    private static bool Fits(AttentionSize size, DeviceSpan output, RowSpan query, RowSpan key, RowSpan value) =>
        size.HeadDim == TensorCoreHead.HeadDim
        && ProductOperands.AreWide([query.Stride, key.Stride, value.Stride], output, query.Span, key.Span, value.Span);
}
