namespace DoRA.Kernels.Primitives;

/// <summary>C = product, or C += product.</summary>
internal readonly unsafe struct PlainTarget(float* c, int rowStride, bool accumulate) : ITileTarget
{
    public bool IsPlain => true;

    public int RowStride => rowStride;

    public bool Accumulate => accumulate;

    public float* Element(int row, int column) => c + ((long)row * rowStride) + column;

    public void Store(float* tile, int tileRow, int row, int column, int rows, int columns, bool first, bool last)
    {
        bool add = !first || accumulate;
        for (int r = 0; r < rows; r++)
        {
            float* target = Element(row + r, column);
            for (int j = 0; j < columns; j++)
            {
                float value = tile[(r * tileRow) + j];
                target[j] = add ? target[j] + value : value;
            }
        }
    }
}
