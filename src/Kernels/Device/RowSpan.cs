namespace DoRA.Kernels;

/// <summary>
/// Rows inside wider rows: row <c>r</c> starts at element <c>r * Stride</c> of <see cref="Span"/>. The packed
/// projection of queries, keys and values, [rows, 3 * width], is three of these over one buffer.
/// </summary>
/// <param name="Span">Begins at the first element of row 0.</param>
/// <param name="Stride">Elements between the starts of two neighbouring rows.</param>
public readonly record struct RowSpan(DeviceSpan Span, int Stride);
