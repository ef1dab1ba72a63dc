using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>What a group of the resize makes at once, and what it holds in shared memory for that.</summary>
/// <param name="Rows">Rows of the view; a tile is <see cref="CudaResize.Columns"/> wide.</param>
/// <param name="ColumnTaps">Room for the weights of a column.</param>
/// <param name="RowTaps">Room for the weights of a row.</param>
/// <param name="BoxRows">Most rows of the box that a tile's rows are summed from.</param>
/// <param name="Pitch">Room for what a tile's columns are summed from in a row of the box.</param>
internal readonly record struct CudaResizeTile(int Rows, int ColumnTaps, int RowTaps, int BoxRows, int Pitch)
{
    public int SharedBytes =>
        ((CudaResize.Columns * ColumnTaps) + (Rows * RowTaps) + (BoxRows * CudaResize.Columns) + (2 * CudaResize.Warps * Pitch))
        * sizeof(float);

    /// <summary>The highest tile that fits.</summary>
    /// <param name="columnScale">Columns of the box for each column of the view, at most.</param>
    /// <param name="rowScale">Rows likewise.</param>
    /// <exception cref="ArgumentException">Not even one row fits: the box is dozens of times as large as the view.</exception>
    public static CudaResizeTile Fitting(int columnTaps, int rowTaps, double columnScale, double rowScale)
    {
        // Half the banks between two rows: 16 columns of each are read at once. Seven columns more may come before a row's first.
        int width = (int)Math.Ceiling((CudaResize.Columns - 1) * columnScale) + columnTaps + 8, pitch = ((width + 15) / 32 * 32) + 16;
        for (int rows = CudaResize.Columns; rows > 0; rows /= 2)
        {
            CudaResizeTile tile = new(rows, columnTaps, rowTaps, (int)Math.Ceiling((rows - 1) * rowScale) + rowTaps + 1, pitch);
            if (tile.SharedBytes <= CudaKernel.SharedBytes - CudaResize.StaticBytes)
            {
                return tile;
            }
        }

        throw new ArgumentException(
            $"A view {Math.Max(columnScale, rowScale):F0} times smaller than its box cannot be resized in one launch.", nameof(rowScale));
    }

    /// <summary>Tiles of a view.</summary>
    public int Count(PictureSize view) => Across(view) * ((view.Height + Rows - 1) / Rows);

    public static int Across(PictureSize view) => (view.Width + CudaResize.Columns - 1) / CudaResize.Columns;
}

/// <summary>
/// Resizes boxes: a group makes a tile of a view. Its columns' and rows' weights are formed once in shared memory; the box's rows that the
/// tile needs are loaded there by whole sectors, two a warp, brought to the tile's columns, held in 0..1, and then summed.
/// </summary>
internal static class CudaResize
{
    public const int GroupSize = CudaWarp.GroupSize;

    public const int Warps = CudaWarp.PerGroup;

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
        int rowWeights = Columns * tile.ColumnTaps, narrow = rowWeights + (tile.Rows * tile.RowTaps),
            wide = narrow + (tile.BoxRows * Columns), thread = Group.IdxX, warp = thread / CudaWarp.Lanes;
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
        // Where a view is flipped its last column comes first.
        int first = recipe.Flip != 0 ? columns - 1 : 0, last = columns - 1 - first, firstBoxColumn = starts[first],
            left = recipe.Box.Left + firstBoxColumn, boxColumns = starts[last] + counts[last] - firstBoxColumn;
        for (int channel = 0; channel < 3; channel++)
        {
            long corner = (((((3L * recipe.Source) + channel) * cropSize.Height) + recipe.Box.Top + firstBoxRow) * cropSize.Width) + left;
            // Back to where the first row's sector begins, as do all others' in crops whose width is a multiple of eight.
            int before = IntrinsicMath.Min((int)(corner & 7), left);
            corner -= before;
            for (int block = 0; block < boxRows; block += 2 * Warps)
            {
                int pair = block + (2 * warp);
                for (int row = pair; row < IntrinsicMath.Min(pair + 2, boxRows); row++)
                {
                    int to = wide + (((2 * warp) + row - pair) * tile.Pitch);
                    long from = corner + ((long)row * cropSize.Width);
                    for (int i = Warp.LaneIdx; i < before + boxColumns; i += CudaWarp.Lanes)
                    {
                        shared[to + i] = crops[from + i];
                    }
                }

                Group.Barrier();
                int mine = Warp.LaneIdx / Columns, column = Warp.LaneIdx % Columns;
                if (column < columns && pair + mine < boxRows)
                {
                    int at = wide + (((2 * warp) + mine) * tile.Pitch) + before + starts[column] - firstBoxColumn;
                    float sum = 0;
                    for (int k = 0; k < counts[column]; k++)
                    {
                        sum += shared[at + k] * shared[(column * tile.ColumnTaps) + k];
                    }

                    shared[narrow + ((pair + mine) * Columns) + column] = CudaView.Unit(sum);
                }

                Group.Barrier();
            }

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
