using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// The backward kernels. Both form the probabilities again, <c>P = e^(s − logSumExp)</c>, and <c>dS = P (dO · v − D)</c> with D = dO · O;
/// each owns what it sums, so nothing is added by two warps.
/// </summary>
internal static class CudaAttentionBackward
{
    /// <summary>Tiles of keys and values; each warp's query, output gradient and query gradient.</summary>
    public static int QuerySharedFloats(int headDim, int warps) =>
        (2 * CudaHead.TileRows * CudaHead.Stride(headDim)) + (3 * warps * headDim);

    /// <summary>Tiles of queries and output gradients; each warp's key, value and their gradients.</summary>
    public static int KeySharedFloats(int headDim, int warps) => (2 * CudaHead.TileRows * CudaHead.Stride(headDim)) + (4 * warps * headDim);

    /// <summary><c>dQ_i = Σ_j dS_ij k_j/√headDim</c>, and D_i for the other kernel. Grid: (image, head) × blocks of queries.</summary>
    /// <param name="rowSums">D [batch, heads, queries], written.</param>
    public static void QueryGradient<T>(ArrayView<T> dQuery, int dQueryStride, ArrayView<float> rowSums, ArrayView<T> dOutput,
        ArrayView<T> output, ArrayView<float> logSumExp, ArrayView<T> query, int queryStride, ArrayView<T> key, int keyStride,
        ArrayView<T> value, int valueStride, float scale, AttentionSize size)
        where T : unmanaged, ICudaElement<T>
    {
        int headDim = size.HeadDim, tile = CudaHead.TileRows * CudaHead.Stride(headDim), warps = Group.DimX / CudaWarp.Lanes,
            warp = Group.IdxX / CudaWarp.Lanes, rowsAt = (2 * tile) + (3 * warp * headDim);
        ArrayView<float> shared = SharedMemory.GetDynamic<float>(), keys = shared.SubView(0, tile), values = shared.SubView(tile, tile),
            own = shared.SubView(rowsAt, headDim), gradient = shared.SubView(rowsAt + headDim, headDim),
            sums = shared.SubView(rowsAt + (2 * headDim), headDim);
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads, row = (Grid.IdxY * warps) + warp;
        bool exists = row < size.Queries;
        long imageRow = ((long)image * size.Queries) + row, outputAt = (imageRow * size.Width) + (head * headDim),
            statistic = ((long)Grid.IdxX * size.Queries) + row;
        long firstKey = ((long)image * size.Tokens * keyStride) + (head * headDim),
            firstValue = ((long)image * size.Tokens * valueStride) + (head * headDim);
        CudaHead.LoadRow(own, query, (imageRow * queryStride) + (head * headDim), exists, headDim, scale);
        CudaHead.LoadRow(gradient, dOutput, outputAt, exists, headDim, 1);
        CudaHead.ClearRow(sums, headDim);
        float rowSum = exists ? CudaWarp.Dot<Float1, T, T>(dOutput, outputAt, output, outputAt, headDim) : 0,
            normalizer = exists ? logSumExp[statistic] : 0;
        if (exists && Warp.LaneIdx == 0)
        {
            rowSums[statistic] = rowSum;
        }

        for (int first = 0; first < size.Tokens; first += CudaHead.TileRows)
        {
            int rows = size.Tokens - first;
            Group.Barrier();
            CudaHead.LoadTile(keys, key, firstKey + ((long)first * keyStride), keyStride, rows, headDim, 1);
            CudaHead.LoadTile(values, value, firstValue + ((long)first * valueStride), valueStride, rows, headDim, 1);
            Group.Barrier();
            float probability = Warp.LaneIdx < rows ? CudaMath.Exp(CudaHead.Dot(own, keys, headDim) - normalizer) : 0;
            float dScore = probability * (CudaHead.Dot(gradient, values, headDim) - rowSum);
            CudaHead.Accumulate(sums, keys, dScore, 1, headDim);
        }

        if (exists)
        {
            CudaHead.StoreRow(dQuery, (imageRow * dQueryStride) + (head * headDim), sums, headDim, scale);
        }
    }

    /// <summary><c>dK_j = Σ_i dS_ij q_i/√headDim</c> and <c>dV_j = Σ_i P_ij dO_i</c>. Grid: (image, head) × blocks of keys.</summary>
    public static void KeyValueGradient<T>(ArrayView<T> dKey, int dKeyStride, ArrayView<T> dValue, int dValueStride,
        ArrayView<float> rowSums, ArrayView<T> dOutput, ArrayView<float> logSumExp, ArrayView<T> query, int queryStride,
        ArrayView<T> key, int keyStride, ArrayView<T> value, int valueStride, float scale, AttentionSize size)
        where T : unmanaged, ICudaElement<T>
    {
        int headDim = size.HeadDim, tile = CudaHead.TileRows * CudaHead.Stride(headDim), warps = Group.DimX / CudaWarp.Lanes,
            warp = Group.IdxX / CudaWarp.Lanes, rowsAt = (2 * tile) + (4 * warp * headDim);
        ArrayView<float> shared = SharedMemory.GetDynamic<float>(), queries = shared.SubView(0, tile),
            gradients = shared.SubView(tile, tile), ownKey = shared.SubView(rowsAt, headDim),
            ownValue = shared.SubView(rowsAt + headDim, headDim), keySums = shared.SubView(rowsAt + (2 * headDim), headDim),
            valueSums = shared.SubView(rowsAt + (3 * headDim), headDim);
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads, token = (Grid.IdxY * warps) + warp;
        bool exists = token < size.Tokens;
        long imageToken = ((long)image * size.Tokens) + token, firstQuery = ((long)image * size.Queries * queryStride) + (head * headDim),
            firstOutput = ((long)image * size.Queries * size.Width) + (head * headDim), firstStatistic = (long)Grid.IdxX * size.Queries;
        CudaHead.LoadRow(ownKey, key, (imageToken * keyStride) + (head * headDim), exists, headDim, 1);
        CudaHead.LoadRow(ownValue, value, (imageToken * valueStride) + (head * headDim), exists, headDim, 1);
        CudaHead.ClearRow(keySums, headDim);
        CudaHead.ClearRow(valueSums, headDim);
        for (int first = 0; first < size.Queries; first += CudaHead.TileRows)
        {
            int rows = size.Queries - first;
            Group.Barrier();
            // The scale in the queries serves the scores and the key's gradient alike.
            CudaHead.LoadTile(queries, query, firstQuery + ((long)first * queryStride), queryStride, rows, headDim, scale);
            CudaHead.LoadTile(gradients, dOutput, firstOutput + ((long)first * size.Width), size.Width, rows, headDim, 1);
            Group.Barrier();
            float probability = 0, dScore = 0;
            if (Warp.LaneIdx < rows)
            {
                long statistic = firstStatistic + first + Warp.LaneIdx;
                probability = CudaMath.Exp(CudaHead.Dot(ownKey, queries, headDim) - logSumExp[statistic]);
                dScore = probability * (CudaHead.Dot(ownValue, gradients, headDim) - rowSums[statistic]);
            }

            CudaHead.Accumulate(keySums, queries, dScore, 1, headDim);
            CudaHead.Accumulate(valueSums, gradients, probability, 1, headDim);
        }

        if (exists)
        {
            CudaHead.StoreRow(dKey, (imageToken * dKeyStride) + (head * headDim), keySums, headDim, 1);
            CudaHead.StoreRow(dValue, (imageToken * dValueStride) + (head * headDim), valueSums, headDim, 1);
        }
    }
}
