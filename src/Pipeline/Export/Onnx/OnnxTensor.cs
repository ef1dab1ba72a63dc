namespace DoRA.Pipeline.Export.Onnx;

/// <summary>A value of a graph that is evaluated: row-major numbers and their sizes.</summary>
internal sealed record OnnxTensor<T>(T[] Values, int[] Shape)
{
    public int Rank => Shape.Length;

    /// <summary>The product of the sizes from one axis to another, the latter left out.</summary>
    public int Count(int from, int to) => Shape.AsSpan(from, to - from).ToArray().Aggregate(1, (product, size) => product * size);

    /// <summary>An axis that may be counted from the end.</summary>
    public int Axis(long axis) => (int)(axis < 0 ? axis + Rank : axis);
}
