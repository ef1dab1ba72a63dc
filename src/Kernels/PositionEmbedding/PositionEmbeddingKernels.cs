namespace DoRA.Kernels.PositionEmbedding;

/// <summary>Sizes of a resized position embedding.</summary>
/// <param name="SourceGrid">Side of the square grid the table was made for.</param>
/// <param name="GridHeight">Patch rows wanted.</param>
/// <param name="GridWidth">Patch columns wanted.</param>
/// <param name="Embedding">Width d.</param>
public readonly record struct PositionEmbeddingSize(int SourceGrid, int GridHeight, int GridWidth, int Embedding)
{
    /// <summary>True where the table is used as it is: a square picture of the native size.</summary>
    public bool IsNative => GridHeight == SourceGrid && GridWidth == SourceGrid;
}

/// <summary>
/// DINO's rule for pictures of other sizes: the patch part of the table [1 + g², d] is resized bicubically (a = −0.75, no
/// antialias, align_corners off, edge samples repeated) with the scale factor (n + 0.1)/g per axis, used as given: output
/// index i reads around <c>(i + ½) g/(n + 0.1) − ½</c>. The CLS part is copied.
/// </summary>
public abstract class PositionEmbeddingKernels
{
    /// <summary>Writes resized [1 + gridHeight · gridWidth, d].</summary>
    public abstract void Forward(DeviceSpan resized, DeviceSpan table, PositionEmbeddingSize size);

    /// <summary>The transposed interpolation; adds to dTable where <paramref name="accumulate"/>.</summary>
    public abstract void Backward(DeviceSpan dTable, DeviceSpan dResized, PositionEmbeddingSize size, bool accumulate);
}
