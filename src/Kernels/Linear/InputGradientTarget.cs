using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Linear;

/// <summary><c>dX (+)= rowScale · product</c>, and once the sum is complete <c>dX · gelu'(preactivation)</c>, on a tile.</summary>
internal readonly unsafe struct InputGradientTarget<L, V>(RowSpan dX, int inputs, in LinearGradient gradient) : ITileTarget
    where L : ILanes<V>
    where V : struct
{
    private readonly float* _dX = dX.Span.Floats();
    private readonly float* _rowScale = gradient.RowScale.FloatsOrNull();
    private readonly int _rowsPerScale = gradient.RowsPerScale;
    private readonly float* _preactivation = gradient.InputPreactivation.FloatsOrNull();

    public bool IsPlain => _rowScale == null && _preactivation == null;

    public int RowStride { get; } = dX.Stride;

    public bool Accumulate { get; } = gradient.Accumulate;

    public float* Element(int row, int column) => _dX + ((long)row * RowStride) + column;

    public void Store(float* tile, int tileRow, int row, int column, int rows, int columns, bool first, bool last)
    {
        bool add = !first || Accumulate;
        for (int r = 0; r < rows; r++)
        {
            V rowScale = L.Create(_rowScale == null ? 1f : _rowScale[(row + r) / _rowsPerScale]);
            float* source = tile + (r * tileRow);
            float* target = Element(row + r, column);
            float* preactivation = _preactivation == null || !last ? null : _preactivation + ((long)(row + r) * inputs) + column;
            int j = 0;
            for (; j + L.Count <= columns; j += L.Count)
            {
                V value = L.Multiply(L.Load(source + j), rowScale);
                value = add ? L.Add(value, L.Load(target + j)) : value;
                L.Store(preactivation == null ? value : L.Multiply(value, Gelu<L, V>.Derivative(L.Load(preactivation + j))), target + j);
            }

            if (j < columns)
            {
                V value = L.Multiply(L.Load(source + j), rowScale);
                value = add ? L.Add(value, Lanes<L, V>.LoadPartial(target + j, columns - j)) : value;
                value = preactivation == null ? value : L.Multiply(value, Gelu<L, V>.Derivative(Lanes<L, V>.LoadPartial(preactivation + j, columns - j)));
                Lanes<L, V>.StorePartial(value, target + j, columns - j);
            }
        }
    }
}
