namespace DoRA.Kernels.Primitives;

/// <summary>Where the tiles of a product go, and what is done to them on the way. A product over a long k arrives in several shares.</summary>
internal unsafe interface ITileTarget
{
    /// <summary>Tiles are stored, or added, as they are: they may be computed in place.</summary>
    bool IsPlain { get; }

    /// <summary>Floats between two rows of the result.</summary>
    int RowStride { get; }

    /// <summary>Whether the share of k that begins the product is added to what the result holds.</summary>
    bool Accumulate { get; }

    /// <summary>Element (row, column) of the result.</summary>
    float* Element(int row, int column);

    /// <summary>Takes a tile's share of the sum: <paramref name="rows"/> × <paramref name="columns"/> floats, rows <paramref name="tileRow"/> floats apart.</summary>
    /// <param name="first">The share that begins the sum.</param>
    /// <param name="last">The share that completes it.</param>
    void Store(float* tile, int tileRow, int row, int column, int rows, int columns, bool first, bool last);
}
