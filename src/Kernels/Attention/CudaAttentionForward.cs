using DoRA.Kernels.Primitives;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Attention;

/// <summary>The forward kernel, by the online softmax.</summary>
internal static class CudaAttentionForward
{
    /// <summary>Tiles of keys and values; each warp's query and output row.</summary>
    public static int SharedFloats(int headDim, int warps) => (2 * CudaHead.TileRows * CudaHead.Stride(headDim)) + (2 * warps * headDim);

    /// <summary>
    /// Grid: (image, head) × blocks of queries. When a tile raises the largest score from m to m', what was summed shrinks by e^(m − m'):
    /// <c>sum ← e^(m − m') sum + Σ_j e^(s_j − m')</c>, and the output row likewise.
    /// </summary>
    public static void Attend<T>(ArrayView<T> output, ArrayView<float> logSumExp, ArrayView<float> clsAttention, ArrayView<T> query,
        int queryStride, ArrayView<T> key, int keyStride, ArrayView<T> value, int valueStride, float scale, AttentionSize size)
        where T : unmanaged, ICudaElement<T>
    {
        int headDim = size.HeadDim, tile = CudaHead.TileRows * CudaHead.Stride(headDim), warps = Group.DimX / CudaWarp.Lanes,
            warp = Group.IdxX / CudaWarp.Lanes;
        ArrayView<float> shared = SharedMemory.GetDynamic<float>(), keys = shared.SubView(0, tile), values = shared.SubView(tile, tile),
            own = shared.SubView((2 * tile) + (2 * warp * headDim), headDim),
            sums = shared.SubView((2 * tile) + (((2 * warp) + 1) * headDim), headDim);
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads, row = (Grid.IdxY * warps) + warp;
        bool exists = row < size.Queries;
        long firstKey = ((long)image * size.Tokens * keyStride) + (head * headDim),
            firstValue = ((long)image * size.Tokens * valueStride) + (head * headDim);
        CudaHead.LoadRow(own, query, ((((long)image * size.Queries) + row) * queryStride) + (head * headDim), exists, headDim, scale);
        CudaHead.ClearRow(sums, headDim);
        float maximum = -1e30f, sum = 0;
        for (int first = 0; first < size.Tokens; first += CudaHead.TileRows)
        {
            int rows = size.Tokens - first;
            Group.Barrier();
            CudaHead.LoadTile(keys, key, firstKey + ((long)first * keyStride), keyStride, rows, headDim, 1);
            CudaHead.LoadTile(values, value, firstValue + ((long)first * valueStride), valueStride, rows, headDim, 1);
            Group.Barrier();
            float score = Warp.LaneIdx < rows ? CudaHead.Dot(own, keys, headDim) : float.NegativeInfinity;
            float largest = XMath.Max(maximum, CudaWarp.Maximum(score)), shrink = CudaMath.Exp(maximum - largest),
                weight = CudaMath.Exp(score - largest);
            sum = (sum * shrink) + CudaWarp.Sum(weight);
            maximum = largest;
            CudaHead.Accumulate(sums, values, weight, shrink, headDim);
        }

        if (!exists)
        {
            return;
        }

        float inverse = 1 / sum;
        CudaHead.StoreRow(output, ((((long)image * size.Queries) + row) * size.Width) + (head * headDim), sums, headDim, inverse);
        if (Warp.LaneIdx == 0)
        {
            logSumExp[((long)Grid.IdxX * size.Queries) + row] = maximum + XMath.Log(sum);
        }

        if (row != 0 || clsAttention.Length == 0)
        {
            return;
        }

        for (int token = Warp.LaneIdx; token < size.Tokens; token += CudaWarp.Lanes)
        {
            float score = 0;
            for (int i = 0; i < headDim; i++)
            {
                score += own[i] * key[firstKey + ((long)token * keyStride) + i].Value;
            }

            clsAttention[((long)Grid.IdxX * size.Tokens) + token] = CudaMath.Exp(score - maximum) * inverse;
        }
    }
}
