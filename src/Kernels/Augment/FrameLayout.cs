namespace DoRA.Kernels.Augment;

/// <summary>Where the planes of a frame begin and how far apart their rows are, in bytes; the frame's memory may hold more between and after them.</summary>
/// <param name="Luma">From the frame's first byte to plane Y.</param>
/// <param name="U">From the frame's first byte to plane U.</param>
/// <param name="V">From the frame's first byte to plane V.</param>
/// <param name="LumaStride">From one row of plane Y to the next.</param>
/// <param name="ChromaStride">From one row of planes U and V to the next.</param>
public readonly record struct FrameLayout(long Luma, long U, long V, int LumaStride, int ChromaStride);

/// <summary>One plane of a frame, in bytes.</summary>
/// <param name="Offset">From the frame's first byte.</param>
/// <param name="Stride">From one row to the next.</param>
/// <param name="RowBytes">Samples of a row; what is between them and the next row means nothing.</param>
/// <param name="Rows">Their number.</param>
public readonly record struct FramePlane(long Offset, int Stride, int RowBytes, int Rows)
{
    /// <summary>From the frame's first byte to the one past the plane's last sample.</summary>
    public long End => Rows == 0 ? Offset : Offset + ((long)(Rows - 1) * Stride) + RowBytes;

    /// <summary>Whether rows follow one another within memory of a length.</summary>
    public bool FitsIn(long bytes) => Offset >= 0 && Stride >= RowBytes && End <= bytes;
}
