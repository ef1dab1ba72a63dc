namespace DoRA.Kernels.Attention;

/// <summary>Rows that hold the heads of every image side by side.</summary>
internal readonly unsafe struct HeadRows(RowSpan rows)
{
    private readonly float* _data = rows.Span.Floats();

    public int Stride { get; } = rows.Stride;

    /// <summary>Where head <paramref name="head"/> of an image's first row begins.</summary>
    public float* Head(int image, int rowsPerImage, int head, int headDim) => _data + ((long)image * rowsPerImage * Stride) + (head * headDim);
}
