using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// The backward kernels on tensor cores. As in <see cref="CudaAttentionBackward"/> one owns queries and the other keys, a warp 16 of them, so
/// that all sums are made in registers in a fixed order; the price is that scores and dO Vᵀ are formed in both.
/// </summary>
internal static class TensorCoreAttentionBackward
{
    /// <summary>The most warps of a group that owns queries.</summary>
    public const int QueryWarps = 8;

    /// <summary>The most warps of a group that owns keys.</summary>
    public const int KeyWarps = 4;

    /// <summary>Each warp's queries, output gradients and outputs, and the ring of keys and values.</summary>
    public static int QuerySharedBytes(int warps, int tokens) =>
        TensorCoreHead.AlignmentBytes + (3 * warps * TensorCoreHead.TileBytes) + HeadRing.Bytes(tokens);

    /// <summary>Each warp's keys and values, and the ring of queries and output gradients with their terms.</summary>
    public static int KeySharedBytes(int warps, int queries) =>
        TensorCoreHead.AlignmentBytes + (2 * warps * TensorCoreHead.TileBytes) + HeadRing.Bytes(queries) + RowTerms.Bytes(queries);

    /// <summary><c>dQ_i = Σ_j dS_ij k_j/√headDim</c>, and what the other kernel needs of a query. Grid: (image, head) × blocks of
    /// queries.</summary>
    /// <param name="rowTerms">[batch, heads, queries, 2], written: see <see cref="RowTerms"/>.</param>
    public static void QueryGradient(ArrayView<BFloat16> dQuery, int dQueryStride, ArrayView<float> rowTerms, ArrayView<BFloat16> dOutput,
        ArrayView<BFloat16> output, ArrayView<float> logSumExp, ArrayView<BFloat16> query, int queryStride, ArrayView<BFloat16> key,
        int keyStride, ArrayView<BFloat16> value, int valueStride, AttentionSize size)
    {
        int warps = Group.DimX / CudaWarp.Lanes, warp = Group.IdxX / CudaWarp.Lanes,
            firstRow = ((Grid.IdxY * warps) + warp) * TensorCoreHead.TileRows;
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads;
        int memory = TensorCoreHead.Memory(), own = memory + (3 * warp * TensorCoreHead.TileBytes);
        HeadRing ring = new(new(key, keyStride, image, size.Tokens, head), new(value, valueStride, image, size.Tokens, head),
            memory + (3 * warps * TensorCoreHead.TileBytes), HeadRing.BlocksOf(size.Tokens));
        new HeadMatrix(query, queryStride, image, size.Queries, head).CopyTile(own, firstRow);
        new HeadMatrix(dOutput, size.Width, image, size.Queries, head).CopyTile(own + TensorCoreHead.TileBytes, firstRow);
        new HeadMatrix(output, size.Width, image, size.Queries, head).CopyTile(own + (2 * TensorCoreHead.TileBytes), firstRow);
        for (int block = 0; block < HeadRing.Ahead; block++)
        {
            ring.Copy(block);
            TensorCoreIntrinsics.CommitCopies();
        }

        TensorCoreIntrinsics.AwaitCopiesButTwo();
        Warp.Barrier();
        int rowPlace = TensorCoreHead.RowPlace, columnPlace = TensorCoreHead.ColumnPlace, row = firstRow + (Warp.LaneIdx >> 2);
        HeadFragments queries = TensorCoreHead.Load(own + rowPlace), gradients = TensorCoreHead.Load(own + TensorCoreHead.TileBytes + rowPlace),
            outputs = TensorCoreHead.Load(own + (2 * TensorCoreHead.TileBytes) + rowPlace);
        float dotUpper = TensorCoreHead.RowSum(gradients.DotUpper(outputs)), dotLower = TensorCoreHead.RowSum(gradients.DotLower(outputs));
        long statistics = (long)Grid.IdxX * size.Queries;
        float upper = WriteTerms(rowTerms, logSumExp, statistics, row, size.Queries, dotUpper),
            lower = WriteTerms(rowTerms, logSumExp, statistics, row + 8, size.Queries, dotLower);
        HeadSums sums = default;
        for (int block = 0; block < ring.Blocks; block++)
        {
            HeadRing.Await();
            ring.Copy(block + HeadRing.Ahead);
            TensorCoreIntrinsics.CommitCopies();
            int keys = ring.Address(block), rest = size.Tokens - (block * HeadRing.BlockRows);
            sums = AddKeys(queries, gradients, keys + columnPlace, keys + rowPlace, 0, rest, upper, lower, dotUpper, dotLower, sums);
            sums = AddKeys(queries, gradients, keys + columnPlace, keys + rowPlace, TensorCoreHead.TileBytes,
                rest - TensorCoreHead.TileRows, upper, lower, dotUpper, dotLower, sums);
        }

        Warp.Barrier();
        TensorCoreHead.Write(own, sums.Times(TensorCoreHead.Scale, TensorCoreHead.Scale));
        Warp.Barrier();
        new HeadMatrix(dQuery, dQueryStride, image, size.Queries, head).StoreTile(own, firstRow);
    }

    /// <summary><c>dK_j = Σ_i dS_ij q_i/√headDim</c> and <c>dV_j = Σ_i P_ij dO_i</c>. Grid: (image, head) × blocks of keys.</summary>
    /// <param name="rowTerms">What the other kernel wrote.</param>
    public static void KeyValueGradient(ArrayView<BFloat16> dKey, int dKeyStride, ArrayView<BFloat16> dValue, int dValueStride,
        ArrayView<float> rowTerms, ArrayView<BFloat16> dOutput, ArrayView<BFloat16> query, int queryStride, ArrayView<BFloat16> key,
        int keyStride, ArrayView<BFloat16> value, int valueStride, AttentionSize size)
    {
        int warps = Group.DimX / CudaWarp.Lanes, warp = Group.IdxX / CudaWarp.Lanes,
            firstRow = ((Grid.IdxY * warps) + warp) * TensorCoreHead.TileRows;
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads;
        int memory = TensorCoreHead.Memory(), own = memory + (2 * warp * TensorCoreHead.TileBytes),
            ringMemory = memory + (2 * warps * TensorCoreHead.TileBytes);
        HeadRing ring = new(new(query, queryStride, image, size.Queries, head), new(dOutput, size.Width, image, size.Queries, head),
            ringMemory, HeadRing.BlocksOf(size.Queries));
        RowTerms terms = new(rowTerms, 2L * Grid.IdxX * size.Queries, size.Queries, ringMemory + HeadRing.Bytes(size.Queries));
        new HeadMatrix(key, keyStride, image, size.Tokens, head).CopyTile(own, firstRow);
        new HeadMatrix(value, valueStride, image, size.Tokens, head).CopyTile(own + TensorCoreHead.TileBytes, firstRow);
        for (int block = 0; block < HeadRing.Ahead; block++)
        {
            ring.Copy(block);
            terms.Copy(block);
            TensorCoreIntrinsics.CommitCopies();
        }

        TensorCoreIntrinsics.AwaitCopiesButTwo();
        Warp.Barrier();
        int rowPlace = TensorCoreHead.RowPlace, columnPlace = TensorCoreHead.ColumnPlace;
        HeadFragments keys = TensorCoreHead.Load(own + rowPlace), values = TensorCoreHead.Load(own + TensorCoreHead.TileBytes + rowPlace);
        HeadSums dKeys = default, dValues = default;
        for (int block = 0; block < ring.Blocks; block++)
        {
            HeadRing.Await();
            ring.Copy(block + HeadRing.Ahead);
            terms.Copy(block + HeadRing.Ahead);
            TensorCoreIntrinsics.CommitCopies();
            int queries = ring.Address(block);
            KeySums both = AddQueries(keys, values, queries + columnPlace, queries + rowPlace, 0, terms.Load(block, 0), terms.Load(block, 8),
                new() { Keys = dKeys, Values = dValues });
            both = AddQueries(keys, values, queries + columnPlace, queries + rowPlace, TensorCoreHead.TileBytes, terms.Load(block, 16),
                terms.Load(block, 24), both);
            dKeys = both.Keys;
            dValues = both.Values;
        }

        Warp.Barrier();
        TensorCoreHead.Write(own, dKeys.Times(TensorCoreHead.Scale, TensorCoreHead.Scale));
        TensorCoreHead.Write(own + TensorCoreHead.TileBytes, dValues);
        Warp.Barrier();
        new HeadMatrix(dKey, dKeyStride, image, size.Tokens, head).StoreTile(own, firstRow);
        new HeadMatrix(dValue, dValueStride, image, size.Tokens, head).StoreTile(own + TensorCoreHead.TileBytes, firstRow);
    }

    /// <summary>Adds the share of 16 keys to the gradient of the warp's queries.</summary>
    /// <param name="rest">How many of the keys exist.</param>
    private static HeadSums AddKeys(HeadFragments queries, HeadFragments gradients, int columnPlace, int rowPlace, int offset, int rest,
        float upper, float lower, float dotUpper, float dotLower, HeadSums sums)
    {
        ScoreTile scores = TensorCoreHead.Scores(queries, columnPlace, offset);
        if (rest < TensorCoreHead.TileRows)
        {
            scores = scores.Below(rest);
        }

        ScoreTile probabilities = scores.Exponentials(TensorCoreHead.BitsScale, upper, lower),
            dProbabilities = TensorCoreHead.Scores(gradients, columnPlace, HeadRing.MatrixBytes + offset),
            dScores = probabilities.TimesDifference(dProbabilities, dotUpper, dotLower);
        return TensorCoreHead.Accumulate(dScores.Operand, rowPlace, offset, sums);
    }

    /// <summary>Adds the share of 16 queries to the gradients of the warp's keys and values. Queries that do not exist have rows and terms of
    /// zeros and add nothing.</summary>
    private static KeySums AddQueries(HeadFragments keys, HeadFragments values, int columnPlace, int rowPlace, int offset, Float4 left,
        Float4 right, KeySums sums)
    {
        ScoreTile probabilities = TensorCoreHead.Scores(keys, columnPlace, offset).Exponentials(TensorCoreHead.BitsScale, left, right),
            dProbabilities = TensorCoreHead.Scores(values, columnPlace, HeadRing.MatrixBytes + offset),
            dScores = probabilities.TimesDifference(dProbabilities, left, right);
        return new()
        {
            Values = TensorCoreHead.Accumulate(probabilities.Operand, rowPlace, HeadRing.MatrixBytes + offset, sums.Values),
            Keys = TensorCoreHead.Accumulate(dScores.Operand, rowPlace, offset, sums.Keys),
        };
    }

    /// <summary>Leaves a query's terms to the other kernel, and gives its log-sum-exp in bits.</summary>
    private static float WriteTerms(ArrayView<float> rowTerms, ArrayView<float> logSumExp, long at, int row, int queries, float dot)
    {
        if (row >= queries)
        {
            return 0;
        }

        float bits = logSumExp[at + row] * CudaMath.BitsPerNatural;
        if ((Warp.LaneIdx & 3) == 0)
        {
            rowTerms.Cast<Float2>()[at + row] = new() { X = bits, Y = dot };
        }

        return bits;
    }

    /// <summary>A warp's gradients of its keys and values.</summary>
    private struct KeySums
    {
        public HeadSums Keys, Values;
    }
}
