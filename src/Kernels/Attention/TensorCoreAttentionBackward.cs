using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// The backward kernels on tensor cores. As in <see cref="CudaAttentionBackward"/> one owns queries and the other keys, a warp 16 of them,
/// so that all sums are made in registers in a fixed order; the price is that scores and dO Vᵀ are formed in both.
/// docs/kernels/attention.md derives them.
/// </summary>
/// <remarks>Budget: 128 registers a thread and 82 KB of shared memory a group of the first, two groups a multiprocessor of an H100 or
/// H200; 168 and 50 KB of the second, three.</remarks>
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
            memory + (3 * warps * TensorCoreHead.TileBytes), size.Tokens);
        new HeadMatrix(query, queryStride, image, size.Queries, head).CopyTile(own, firstRow);
        new HeadMatrix(dOutput, size.Width, image, size.Queries, head).CopyTile(own + TensorCoreHead.TileBytes, firstRow);
        new HeadMatrix(output, size.Width, image, size.Queries, head).CopyTile(own + (2 * TensorCoreHead.TileBytes), firstRow);
        ring.Begin();
        int rowPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.RowPlace),
            columnPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.ColumnPlace), row = firstRow + (Warp.LaneIdx >> 2);
        HeadFragments queries = TensorCoreHead.Load(new(own + rowPlace)),
            gradients = TensorCoreHead.Load(new(own + TensorCoreHead.TileBytes + rowPlace)),
            outputs = TensorCoreHead.Load(new(own + (2 * TensorCoreHead.TileBytes) + rowPlace));
        float upperDot = -TensorCoreHead.RowSum(gradients.DotUpper(outputs)),
            lowerDot = -TensorCoreHead.RowSum(gradients.DotLower(outputs));
        long statistics = (long)Grid.IdxX * size.Queries;
        float upper = WriteTerms(rowTerms, logSumExp, statistics, row, size.Queries, upperDot),
            lower = WriteTerms(rowTerms, logSumExp, statistics, row + 8, size.Queries, lowerDot);
        ScoreTile logarithms = ScoreTile.OfRows(upper, lower), dots = ScoreTile.OfRows(upperDot, lowerDot);
        HeadSums sums = default;
        for (int block = 0; block < ring.Blocks; block++)
        {
            HeadRing.Await();
            ring.Copy(block + HeadRing.Ahead);
            TensorCoreIntrinsics.CommitCopies();
            int address = ring.Address(block), rest = size.Tokens - (block * HeadRing.BlockRows);
            HeadPlaces columns = new(address + columnPlace), rows = new(address + rowPlace);
            sums = AddKeys(queries, gradients, columns, rows, 0, rest, logarithms, dots, sums);
            if (rest > TensorCoreHead.TileRows)
            {
                sums = AddKeys(queries, gradients, columns, rows, TensorCoreHead.TileBytes, rest - TensorCoreHead.TileRows, logarithms,
                    dots, sums);
            }
        }

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
            ringMemory, size.Queries);
        RowTerms terms = new(rowTerms.Cast<Float2>(), (long)Grid.IdxX * size.Queries, size.Queries,
            ringMemory + HeadRing.Bytes(size.Queries));
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
        int rowPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.RowPlace),
            columnPlace = TensorCoreIntrinsics.Hold(TensorCoreHead.ColumnPlace);
        HeadFragments keys = TensorCoreHead.Load(new(own + rowPlace)),
            values = TensorCoreHead.Load(new(own + TensorCoreHead.TileBytes + rowPlace));
        KeySums sums = default;
        for (int block = 0; block < ring.Blocks; block++)
        {
            HeadRing.Await();
            ring.Copy(block + HeadRing.Ahead);
            terms.Copy(block + HeadRing.Ahead);
            TensorCoreIntrinsics.CommitCopies();
            int address = ring.Address(block), term = terms.Address(block);
            HeadPlaces columns = new(address + columnPlace), rows = new(address + rowPlace);
            sums = AddQueries(keys, values, columns, rows, 0, RowTerms.Load(term, 0), RowTerms.Load(term, 8), sums);
            sums = AddQueries(keys, values, columns, rows, TensorCoreHead.TileBytes, RowTerms.Load(term, 16), RowTerms.Load(term, 24),
                sums);
        }

        TensorCoreHead.Write(own, sums.Keys.Times(TensorCoreHead.Scale, TensorCoreHead.Scale));
        TensorCoreHead.Write(own + TensorCoreHead.TileBytes, sums.Values);
        Warp.Barrier();
        new HeadMatrix(dKey, dKeyStride, image, size.Tokens, head).StoreTile(own, firstRow);
        new HeadMatrix(dValue, dValueStride, image, size.Tokens, head).StoreTile(own + TensorCoreHead.TileBytes, firstRow);
    }

    /// <summary>Adds the share of 16 keys to the gradient of the warp's queries.</summary>
    /// <param name="columns">The block by <see cref="TensorCoreHead.ColumnPlace"/>.</param>
    /// <param name="rows">The block by <see cref="TensorCoreHead.RowPlace"/>.</param>
    /// <param name="rest">How many of the keys exist.</param>
    /// <param name="logarithms">−logSumExp of the queries, in bits.</param>
    /// <param name="dots">−D of the queries.</param>
    private static HeadSums AddKeys(HeadFragments queries, HeadFragments gradients, HeadPlaces columns, HeadPlaces rows, int offset,
        int rest, ScoreTile logarithms, ScoreTile dots, HeadSums sums)
    {
        ScoreTile scores = TensorCoreHead.Scores(queries, columns, offset, default);
        if (rest < TensorCoreHead.TileRows)
        {
            scores = scores.Below(rest);
        }

        ScoreTile probabilities = scores.Exponentials(TensorCoreHead.BitsScale, logarithms),
            differences = TensorCoreHead.Scores(gradients, columns, HeadRing.MatrixBytes + offset, dots);
        return TensorCoreHead.Accumulate(probabilities.Times(differences).Operand, rows, offset, sums);
    }

    /// <summary>Adds the share of 16 queries to the gradients of the warp's keys and values. Queries that do not exist have rows and terms
    /// of zeros and add nothing.</summary>
    private static KeySums AddQueries(HeadFragments keys, HeadFragments values, HeadPlaces columns, HeadPlaces rows, int offset,
        Float4 left, Float4 right, KeySums sums)
    {
        ScoreTile probabilities = TensorCoreHead.Scores(keys, columns, offset, default)
                .Exponentials(TensorCoreHead.BitsScale, ScoreTile.OfColumns(left.X, left.Z, right.X, right.Z)),
            differences = TensorCoreHead.Scores(values, columns, HeadRing.MatrixBytes + offset,
                ScoreTile.OfColumns(left.Y, left.W, right.Y, right.W));
        return new()
        {
            Values = TensorCoreHead.Accumulate(probabilities.Operand, rows, HeadRing.MatrixBytes + offset, sums.Values),
            Keys = TensorCoreHead.Accumulate(probabilities.Times(differences).Operand, rows, offset, sums.Keys),
        };
    }

    /// <summary>Leaves a query's terms to the other kernel, and gives the first.</summary>
    /// <param name="dot">The second, −D.</param>
    private static float WriteTerms(ArrayView<float> rowTerms, ArrayView<float> logSumExp, long at, int row, int queries, float dot)
    {
        if (row >= queries)
        {
            return 0;
        }

        float bits = -logSumExp[at + row] * CudaMath.BitsPerNatural;
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
