using System.Runtime.CompilerServices;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Linear;

/// <summary>
/// <c>Y = residual + rowScale · gelu(columnScale · product + bias)</c> on a tile. Where k comes in several shares, each adds its own: to Y where
/// the rest is linear, else to the preactivation, and GELU follows the last.
/// </summary>
internal readonly unsafe struct LinearTarget<L, V>(float* y, int outputs, in LinearEpilogue epilogue) : ITileTarget
    where L : ILanes<V>
    where V : struct
{
    // Of the tallest tile.
    private const int MaxRows = 12;

    private readonly float* _columnScale = epilogue.ColumnScale.FloatsOrNull();
    private readonly float* _bias = epilogue.Bias.FloatsOrNull();
    private readonly float* _preactivation = epilogue.Preactivation.FloatsOrNull();
    private readonly float* _rowScale = epilogue.RowScale.FloatsOrNull();
    private readonly float* _residual = epilogue.Residual.FloatsOrNull();
    private readonly int _rowsPerScale = epilogue.RowsPerScale;

    public bool IsPlain => _columnScale == null && _bias == null && _preactivation == null && _rowScale == null && _residual == null;

    public int RowStride => outputs;

    public bool Accumulate => false;

    public float* Element(int row, int column) => y + ((long)row * outputs) + column;

    public void Store(float* tile, int tileRow, int row, int column, int rows, int columns, bool first, bool last)
    {
        float* rowScales = stackalloc float[MaxRows];
        for (int r = 0; r < rows; r++)
        {
            rowScales[r] = _rowScale == null ? 1f : _rowScale[(row + r) / _rowsPerScale];
        }

        int j = 0;
        for (; j + L.Count <= columns; j += L.Count)
        {
            StoreColumn(tile + j, tileRow, row, column + j, rows, L.Count, rowScales, first, last);
        }

        if (j < columns)
        {
            StorePartial(tile + j, tileRow, row, column + j, rows, columns - j, rowScales, first, last);
        }
    }

    // Apart, so that the loop over whole vectors is compiled for these alone.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StorePartial(float* tile, int tileRow, int row, int column, int rows, int count, float* rowScales, bool first, bool last) =>
        StoreColumn(tile, tileRow, row, column, rows, count, rowScales, first, last);

    /// <summary>One vector of columns, or the first <paramref name="count"/> of them, down all rows of the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreColumn(float* tile, int tileRow, int row, int column, int rows, int count, float* rowScales, bool first, bool last)
    {
        V scale = _columnScale == null ? L.Create(1f) : Load(_columnScale + column, count);
        V shift = _bias == null || !first ? L.Zero : Load(_bias + column, count);
        long offset = ((long)row * outputs) + column;
        float* target = y + offset;
        float* preactivation = _preactivation == null ? null : _preactivation + offset;

        // Where later shares add to Y itself, the residual is there since the first.
        float* before = !first && _preactivation == null ? target : _residual == null ? null : _residual + offset;
        for (int r = 0; r < rows; r++)
        {
            long at = (long)r * outputs;
            V value = L.MultiplyAdd(L.Load(tile + (r * tileRow)), scale, shift);
            if (preactivation != null)
            {
                value = first ? value : L.Add(value, Load(preactivation + at, count));
                Store(value, preactivation + at, count);
                if (!last)
                {
                    continue;
                }

                value = Gelu<L, V>.Value(value);
            }

            value = L.Multiply(value, L.Create(rowScales[r]));
            Store(before == null ? value : L.Add(value, Load(before + at, count)), target + at, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load(float* source, int count) => count == L.Count ? L.Load(source) : Lanes<L, V>.LoadPartial(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(V value, float* destination, int count)
    {
        if (count == L.Count)
        {
            L.Store(value, destination);
        }
        else
        {
            Lanes<L, V>.StorePartial(value, destination, count);
        }
    }
}
