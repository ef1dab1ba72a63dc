using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>What a group of the resize makes at once, and what it holds in shared memory for that.</summary>
/// <param name="Rows">Rows of the view; a tile is <see cref="CudaResize.Columns"/> wide.</param>
/// <param name="ColumnTaps">Room for the weights of a column.</param>
/// <param name="RowTaps">Room for the weights of a row.</param>
/// <param name="BoxRows">Most rows of the box that a tile's rows are summed from.</param>
internal readonly record struct CudaResizeTile(int Rows, int ColumnTaps, int RowTaps, int BoxRows)
{
    public int SharedBytes => ((CudaResize.Columns * ColumnTaps) + (Rows * RowTaps) + (BoxRows * CudaResize.Columns)) * sizeof(float);

    /// <summary>The highest tile that fits.</summary>
    /// <param name="rowScale">Rows of the box for each row of the view, at most.</param>
    /// <exception cref="ArgumentException">Not even one row fits: the box is hundreds of times as high as the view.</exception>
    public static CudaResizeTile Fitting(int columnTaps, int rowTaps, double rowScale)
    {
        for (int rows = CudaResize.Columns; rows > 0; rows /= 2)
        {
            CudaResizeTile tile = new(rows, columnTaps, rowTaps, (int)Math.Ceiling((rows - 1) * rowScale) + rowTaps + 1);
            if (tile.SharedBytes <= CudaKernel.SharedBytes - CudaResize.StaticBytes)
            {
                return tile;
            }
        }

        throw new ArgumentException($"A view {rowScale:F0} times smaller than its box cannot be resized in one launch.", nameof(rowScale));
    }

    /// <summary>Tiles of a view.</summary>
    public int Count(PictureSize view) => Across(view) * ((view.Height + Rows - 1) / Rows);

    public static int Across(PictureSize view) => (view.Width + CudaResize.Columns - 1) / CudaResize.Columns;
}

/// <summary>
/// Resizes boxes: a group makes a tile of a view. Its columns' and rows' weights are formed once in shared memory; the box's rows that the
/// tile needs are brought to its columns there, held in 0..1, and then summed.
/// </summary>
internal static class CudaResize
{
    public const int GroupSize = 256;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 16;

    /// <summary>Starts and counts of columns and rows.</summary>
    public const int StaticBytes = 4 * Columns * sizeof(int);

    /// <summary>Most weights of one output pixel, whichever the filter.</summary>
    public static int Taps(int inputs, int outputs) => ((int)Math.Ceiling(2 * Math.Max((double)inputs / outputs, 1)) * 2) + 1;

    /// <summary>Grid: tiles × recipes.</summary>
    public static void Resize(ArrayView<float> views, ArrayView<float> crops, ArrayView<CudaRecipe> recipes, PictureSize cropSize,
        PictureSize viewSize, CudaResizeTile tile)
    {
        CudaRecipe recipe = recipes[Grid.IdxY];
        ArrayView<int> starts = SharedMemory.Allocate<int>(2 * Columns), counts = SharedMemory.Allocate<int>(2 * Columns);
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        int rowWeights = Columns * tile.ColumnTaps, narrow = rowWeights + (tile.Rows * tile.RowTaps), thread = Group.IdxX;
        int across = CudaResizeTile.Across(viewSize), firstColumn = Grid.IdxX % across * Columns, firstRow = Grid.IdxX / across * tile.Rows;
        int rows = IntrinsicMath.Min(tile.Rows, viewSize.Height - firstRow),
            columns = IntrinsicMath.Min(Columns, viewSize.Width - firstColumn);
        if (thread < columns)
        {
            int column = firstColumn + thread, index = recipe.Flip != 0 ? viewSize.Width - 1 - column : column;
            Weigh(shared, thread * tile.ColumnTaps, starts, counts, thread, index, recipe.Box.Width, viewSize.Width, recipe.Bicubic);
        }
        else if (thread >= Columns && thread < Columns + rows)
        {
            int row = thread - Columns;
            Weigh(shared, rowWeights + (row * tile.RowTaps), starts, counts, thread, firstRow + row, recipe.Box.Height, viewSize.Height,
                recipe.Bicubic);
        }

        Group.Barrier();
        int firstBoxRow = starts[Columns], boxRows = starts[Columns + rows - 1] + counts[Columns + rows - 1] - firstBoxRow;
        for (int channel = 0; channel < 3; channel++)
        {
            long corner = (((((3L * recipe.Source) + channel) * cropSize.Height) + recipe.Box.Top + firstBoxRow) * cropSize.Width)
                + recipe.Box.Left;
            for (int i = thread; i < boxRows * Columns; i += GroupSize)
            {
                int row = i / Columns, column = i % Columns;
                if (column < columns)
                {
                    long at = corner + ((long)row * cropSize.Width) + starts[column];
                    float sum = 0;
                    for (int k = 0; k < counts[column]; k++)
                    {
                        sum += crops[at + k] * shared[(column * tile.ColumnTaps) + k];
                    }

                    shared[narrow + i] = CudaView.Unit(sum);
                }
            }

            Group.Barrier();
            for (int i = thread; i < rows * Columns; i += GroupSize)
            {
                int row = i / Columns, column = i % Columns;
                if (column < columns)
                {
                    int at = narrow + ((starts[Columns + row] - firstBoxRow) * Columns) + column;
                    float sum = 0;
                    for (int k = 0; k < counts[Columns + row]; k++)
                    {
                        sum += shared[at + (k * Columns)] * shared[rowWeights + (row * tile.RowTaps) + k];
                    }

                    views[((((3L * Grid.IdxY) + channel) * viewSize.Height) + firstRow + row) * viewSize.Width + firstColumn + column] =
                        CudaView.Unit(sum);
                }
            }

            Group.Barrier();
        }
    }

    /// <summary>From where and with which weights output pixel <paramref name="index"/> is summed; as
    /// <see cref="ResampleTable"/>.</summary>
    private static void Weigh(ArrayView<float> weights, int at, ArrayView<int> starts, ArrayView<int> counts, int slot, int index,
        int inputs, int outputs, int bicubic)
    {
        double scale = (double)inputs / outputs, widening = bicubic != 0 && scale > 1 ? scale : 1,
            support = (bicubic != 0 ? 2 : 1) * widening, center = (index + 0.5) * scale;
        if (bicubic == 0)
        {
            center = center < 0.5 ? 0.5 : center > inputs - 0.5 ? inputs - 0.5 : center;
        }

        int first = IntrinsicMath.Max(0, (int)(center - support + 0.5)), end = IntrinsicMath.Min(inputs, (int)(center + support + 0.5));
        double sum = 0;
        for (int k = first; k < end; k++)
        {
            sum += Weight(k, center, widening, bicubic);
        }

        for (int k = first; k < end; k++)
        {
            weights[at + k - first] = (float)(Weight(k, center, widening, bicubic) / sum);
        }

        starts[slot] = first;
        counts[slot] = end - first;
    }

    private static double Weight(int k, double center, double widening, int bicubic)
    {
        double distance = k + 0.5 - center;
        distance = (distance < 0 ? -distance : distance) / widening;
        if (bicubic == 0)
        {
            return distance < 1 ? 1 - distance : 0;
        }

        // Cubic convolution, a = −1/2.
        return distance < 1 ? (((1.5 * distance) - 2.5) * distance * distance) + 1
            : distance < 2 ? ((((-0.5 * distance) + 2.5) * distance - 4) * distance) + 2 : 0;
    }
}
