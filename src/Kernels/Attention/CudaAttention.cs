using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>
/// Heads of any width. A warp owns one query (in the key gradient's kernel, one key) of one head, with its sums in shared memory; the group
/// walks through the other side in tiles of 32 rows, one a lane.
/// </summary>
internal sealed class CudaAttention(CudaDevice device) : AttentionKernels
{
    private readonly CudaKernel
        _forward = device.Kernel(CudaAttentionForward.Attend<Float32>, CudaAttentionForward.Attend<BFloat16>),
        _query = device.Kernel(CudaAttentionBackward.QueryGradient<Float32>, CudaAttentionBackward.QueryGradient<BFloat16>),
        _keyValue = device.Kernel(CudaAttentionBackward.KeyValueGradient<Float32>, CudaAttentionBackward.KeyValueGradient<BFloat16>);

    public override void Forward(DeviceSpan output, DeviceSpan logSumExp, DeviceSpan clsAttention, RowSpan query, RowSpan key,
        RowSpan value, AttentionSize size)
    {
        int warps = Warps(size.HeadDim, CudaAttentionForward.SharedFloats, out int sharedBytes);
        _forward.LaunchShared((size.Batch * size.Heads, (size.Queries + warps - 1) / warps), warps * CudaWarp.Lanes, sharedBytes, output,
            logSumExp, clsAttention, query.Span, query.Stride, key.Span, key.Stride, value.Span, value.Stride, size.Scale,
            KernelArgument.Of(size));
    }

    public override void Backward(
        RowSpan dQuery, RowSpan dKey, RowSpan dValue, DeviceSpan dOutput, DeviceSpan output, DeviceSpan logSumExp,
        RowSpan query, RowSpan key, RowSpan value, AttentionSize size)
    {
        int heads = size.Batch * size.Heads;
        DeviceSpan rowSums = device.Scratch((long)heads * size.Queries);
        int warps = Warps(size.HeadDim, CudaAttentionBackward.QuerySharedFloats, out int sharedBytes);
        _query.LaunchShared((heads, (size.Queries + warps - 1) / warps), warps * CudaWarp.Lanes, sharedBytes, dQuery.Span, dQuery.Stride,
            rowSums, dOutput, output, logSumExp, query.Span, query.Stride, key.Span, key.Stride, value.Span, value.Stride, size.Scale,
            KernelArgument.Of(size));
        warps = Warps(size.HeadDim, CudaAttentionBackward.KeySharedFloats, out sharedBytes);
        _keyValue.LaunchShared((heads, (size.Tokens + warps - 1) / warps), warps * CudaWarp.Lanes, sharedBytes, dKey.Span, dKey.Stride,
            dValue.Span, dValue.Stride, rowSums, dOutput, logSumExp, query.Span, query.Stride, key.Span, key.Stride, value.Span,
            value.Stride, size.Scale, KernelArgument.Of(size));
    }

    /// <summary>The most warps a group whose tiles and rows fit in shared memory.</summary>
    private static int Warps(int headDim, Func<int, int, int> sharedFloats, out int sharedBytes)
    {
        for (int warps = CudaWarp.PerGroup; warps > 0; warps /= 2)
        {
            sharedBytes = sharedFloats(headDim, warps) * sizeof(float);
            if (sharedBytes <= CudaKernel.SharedBytes)
            {
                return warps;
            }
        }

        throw new ArgumentException($"Heads of width {headDim} do not fit in a group's {CudaKernel.SharedBytes} bytes of shared memory.",
            nameof(headDim));
    }
}
