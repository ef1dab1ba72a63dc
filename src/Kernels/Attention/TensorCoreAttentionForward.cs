using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Attention;

/// <summary>
/// The forward kernel on tensor cores, by the online softmax. A warp owns 16 queries; the group walks through keys and values.
/// docs/kernels/attention.md derives it.
/// </summary>
/// <remarks>Budget: 120 registers a thread and 49 KB of shared memory a group, so that a multiprocessor of an H100 or H200 holds two
/// groups.</remarks>
internal static class TensorCoreAttentionForward
{
    /// <summary>The most warps of a group.</summary>
    public const int Warps = 8;

    /// <summary>Each warp's queries, and the ring of keys and values.</summary>
    public static int SharedBytes(int warps, int tokens) =>
        TensorCoreHead.AlignmentBytes + (warps * TensorCoreHead.TileBytes) + HeadRing.Bytes(tokens);

    /// <summary>Grid: (image, head) × blocks of queries.</summary>
    /// <inheritdoc cref="CudaAttentionForward.Attend"/>
    public static void Attend(ArrayView<BFloat16> output, ArrayView<float> logSumExp, ArrayView<float> clsAttention,
        ArrayView<BFloat16> query, int queryStride, ArrayView<BFloat16> key, int keyStride, ArrayView<BFloat16> value, int valueStride,
        AttentionSize size)
    {
        int warps = Group.DimX / CudaWarp.Lanes, warp = Group.IdxX / CudaWarp.Lanes,
            firstRow = ((Grid.IdxY * warps) + warp) * TensorCoreHead.TileRows;
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads;
        int memory = TensorCoreHead.Memory(), own = memory + (warp * TensorCoreHead.TileBytes);
        HeadRing ring = new(new(key, keyStride, image, size.Tokens, head), new(value, valueStride, image, size.Tokens, head),
            memory + (warps * TensorCoreHead.TileBytes), size.Tokens);
        new HeadMatrix(query, queryStride, image, size.Queries, head).CopyTile(own, firstRow);
        ring.Begin();
        int rowPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.RowPlace),
            columnPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.ColumnPlace);
        HeadFragments queries = TensorCoreHead.Load(new(own + rowPlace));
        const float scale = TensorCoreHead.BitsScale;
        float upper = float.NegativeInfinity, lower = float.NegativeInfinity, upperSum = 0, lowerSum = 0;
        HeadSums sums = default;
        for (int block = 0; block < ring.Blocks; block++)
        {
            HeadRing.Await();
            ring.Copy(block + HeadRing.Ahead);
            TensorCoreIntrinsics.CommitCopies();
            int address = ring.Address(block), rest = size.Tokens - (block * HeadRing.BlockRows);
            HeadPlaces keys = new(address + columnPlace), values = new(address + rowPlace);
            ScoreTile left = TensorCoreHead.Scores(queries, keys, 0, default),
                right = ScoreTile.OfRows(float.NegativeInfinity, float.NegativeInfinity);
            if (rest > TensorCoreHead.TileRows)
            {
                right = TensorCoreHead.Scores(queries, keys, TensorCoreHead.TileBytes, default);
            }

            if (rest < HeadRing.BlockRows)
            {
                left = left.Below(rest);
                right = right.Below(rest - TensorCoreHead.TileRows);
            }

            float upperBefore = upper, lowerBefore = lower;
            upper = XMath.Max(upper, TensorCoreHead.RowLargest(XMath.Max(left.LargestUpper, right.LargestUpper)));
            lower = XMath.Max(lower, TensorCoreHead.RowLargest(XMath.Max(left.LargestLower, right.LargestLower)));
            float shrinkUpper = CudaMath.Exp2((upperBefore - upper) * scale), shrinkLower = CudaMath.Exp2((lowerBefore - lower) * scale);
            ScoreTile terms = ScoreTile.OfRows(-upper * scale, -lower * scale);
            left = left.Exponentials(scale, terms);
            right = right.Exponentials(scale, terms);
            upperSum = TensorCoreIntrinsics.MultiplyAdd(upperSum, shrinkUpper, left.SumUpper + right.SumUpper);
            lowerSum = TensorCoreIntrinsics.MultiplyAdd(lowerSum, shrinkLower, left.SumLower + right.SumLower);
            sums = sums.Times(shrinkUpper, shrinkLower);
            sums = TensorCoreHead.Accumulate(left.Operand, values, HeadRing.MatrixBytes, sums);
            if (rest > TensorCoreHead.TileRows)
            {
                sums = TensorCoreHead.Accumulate(right.Operand, values, HeadRing.MatrixBytes + TensorCoreHead.TileBytes, sums);
            }
        }

        upperSum = TensorCoreHead.RowSum(upperSum);
        lowerSum = TensorCoreHead.RowSum(lowerSum);
        TensorCoreHead.Write(own, sums.Times(1 / upperSum, 1 / lowerSum));
        Warp.Barrier();
        new HeadMatrix(output, size.Width, image, size.Queries, head).StoreTile(own, firstRow);
        int row = firstRow + (Warp.LaneIdx >> 2);
        long statistics = (long)Grid.IdxX * size.Queries;
        float upperLogarithm = (TensorCoreHead.Scale * upper) + XMath.Log(upperSum),
            lowerLogarithm = (TensorCoreHead.Scale * lower) + XMath.Log(lowerSum);
        if ((Warp.LaneIdx & 3) == 0)
        {
            if (row < size.Queries)
            {
                logSumExp[statistics + row] = upperLogarithm;
            }

            if (row + 8 < size.Queries)
            {
                logSumExp[statistics + row + 8] = lowerLogarithm;
            }
        }

        if (clsAttention.Length > 0 && Grid.IdxY == 0)
        {
            WriteClsAttention(clsAttention, query, queryStride, key, keyStride, upperLogarithm, memory, size);
        }
    }

    /// <summary>
    /// The probabilities of query 0, by all warps of its group: a warp reads four keys at once, eight lanes a key, and the lanes' sums meet by
    /// shuffles. Its products are formed again because the warps that have them hold one row in sixteen.
    /// </summary>
    /// <param name="logarithm">Query 0's log-sum-exp, of the first thread.</param>
    /// <param name="memory">Shared memory of the first warp.</param>
    private static void WriteClsAttention(ArrayView<float> clsAttention, ArrayView<BFloat16> query, int queryStride,
        ArrayView<BFloat16> key, int keyStride, float logarithm, int memory, AttentionSize size)
    {
        Warp.Barrier();
        if (Group.IdxX == 0)
        {
            TensorCoreIntrinsics.StoreSharedPair(memory, logarithm, logarithm);
        }

        Group.Barrier();
        float bits = TensorCoreIntrinsics.LoadSharedPair(memory).X * CudaMath.BitsPerNatural;
        int image = Grid.IdxX / size.Heads, head = Grid.IdxX % size.Heads;
        HeadMatrix keys = new(key, keyStride, image, size.Tokens, head);
        Quad first = new HeadMatrix(query, queryStride, image, size.Queries, head).LoadChunk(-TensorCoreHead.LaneRow);
        for (int token = Group.IdxX >> 3; token - TensorCoreHead.LaneRow < size.Tokens; token += Group.DimX >> 3)
        {
            // Lanes behind the last token read it again, so that all take part in the shuffles.
            float score = TensorCoreHead.Dot(first, keys.LoadChunk(IntrinsicMath.Min(token, size.Tokens - 1) - TensorCoreHead.LaneRow));
            score = TensorCoreHead.RowSum(score);
            score += Warp.ShuffleXor(score, 4);
            if (TensorCoreHead.LaneChunk == 0 && token < size.Tokens)
            {
                clsAttention[((long)Grid.IdxX * size.Tokens) + token] = CudaMath.Exp2((score * TensorCoreHead.BitsScale) - bits);
            }
        }
    }
}
