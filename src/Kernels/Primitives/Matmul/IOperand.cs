namespace DoRA.Kernels.Primitives;

/// <summary>
/// One side of a matrix product: lines (rows of C for the left side, columns of C for the right one) of <c>depth</c> elements each.
/// The product reads it as packed panels: for each k the elements of <c>width</c> neighbouring lines, side by side; whatever where a
/// line is beyond the last.
/// </summary>
internal unsafe interface IOperand
{
    /// <summary>The elements of a line lie side by side, and lines at one distance, so the left side's tiles may read them in place.</summary>
    bool IsDirect { get; }

    /// <summary>Floats between two lines, where <see cref="IsDirect"/>.</summary>
    int LineStride { get; }

    /// <summary>The first element of a line, where <see cref="IsDirect"/>.</summary>
    float* Line(int line);

    /// <summary>Packs <paramref name="depth"/> elements from <paramref name="firstDepth"/> on, of <paramref name="lines"/> lines from
    /// <paramref name="firstLine"/> on, into panels of <paramref name="width"/> lines that follow each other, each width · depth floats.</summary>
    void Pack(float* panels, int width, int firstLine, int lines, int firstDepth, int depth);
}
