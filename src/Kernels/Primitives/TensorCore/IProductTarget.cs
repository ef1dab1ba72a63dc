namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>What four columns have in common, read once for all their rows.</summary>
internal struct ColumnTerms
{
    public Float4 Scale, Bias;
}

/// <summary>What becomes of a product's elements, four neighbours of a row at a time.</summary>
internal interface IProductTarget
{
    /// <summary>A constant: the target wants the sums of the left side's lines too.</summary>
    bool TakesLineSums { get; }

    /// <param name="count">How many columns there are from here on; four at most are meant.</param>
    ColumnTerms Columns(int column, int count);

    /// <summary>Reads what the store of these elements needs of memory; several fetches go before several stores, so that they wait for
    /// memory together.</summary>
    Float4 Fetch(int row, int column, int count);

    void Store(int row, int column, int count, Float4 product, Float4 fetched, ColumnTerms columns);

    void StoreLineSum(int row, float sum);
}
