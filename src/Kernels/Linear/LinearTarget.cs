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
        for (int r = 0; r < rows; r++)
        {
            V rowScale = L.Create(_rowScale == null ? 1f : _rowScale[(row + r) / _rowsPerScale]);
            float* source = tile + (r * tileRow);
            long offset = ((long)(row + r) * outputs) + column;
            int j = 0;
            for (; j + L.Count <= columns; j += L.Count)
            {
                StoreVector(L.Load(source + j), offset + j, column + j, rowScale, L.Count, first, last);
            }

            if (j < columns)
            {
                StorePartial(source + j, offset + j, column + j, rowScale, columns - j, first, last);
            }
        }
    }

    // Apart, so that the loop above holds no memory for a part of a vector.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StorePartial(float* source, long offset, int column, V rowScale, int count, bool first, bool last) =>
        StoreVector(L.Load(source), offset, column, rowScale, count, first, last);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreVector(V value, long offset, int column, V rowScale, int count, bool first, bool last)
    {
        if (_columnScale != null)
        {
            value = L.Multiply(value, Load(_columnScale + column, count));
        }

        if (_bias != null && first)
        {
            value = L.Add(value, Load(_bias + column, count));
        }

        if (_preactivation != null)
        {
            if (!first)
            {
                value = L.Add(value, Load(_preactivation + offset, count));
            }

            Store(value, _preactivation + offset, count);
            if (!last)
            {
                return;
            }

            value = Gelu<L, V>.Value(value);
        }

        value = L.Multiply(value, rowScale);
        bool isFirstSum = first || _preactivation != null;
        if (!isFirstSum)
        {
            value = L.Add(value, Load(y + offset, count));
        }
        else if (_residual != null)
        {
            value = L.Add(value, Load(_residual + offset, count));
        }

        Store(value, y + offset, count);
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
