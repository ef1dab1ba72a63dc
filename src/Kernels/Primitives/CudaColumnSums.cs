using ILGPU;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// Adds up the partial sums that groups left in the rows of a matrix, in an order that does not depend on the groups'. A group takes as
/// many columns as a warp has lanes; its warps share out the rows.
/// </summary>
internal static class CudaColumnSums
{
    public const int GroupSize = CudaWarp.GroupSize;

    public static int Groups(int columns) => (columns + CudaWarp.Lanes - 1) / CudaWarp.Lanes;

    /// <summary>The column of this thread.</summary>
    public static int Column => (Grid.IdxX * CudaWarp.Lanes) + Warp.LaneIdx;

    /// <summary>True in the threads that hold a column's sum: those of the first warp.</summary>
    public static bool Holds(int columns) => Group.IdxX < CudaWarp.Lanes && Column < columns;

    /// <summary>The sum of the thread's column. All threads of the group must come here; only where <see cref="Holds"/> is it whole.</summary>
    public static float Sum(ArrayView<float> parts, int rows, int columns)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.GroupSize);
        int column = Column;
        float first = 0, second = 0;
        // Two rows at a time, whose loads do not wait for each other.
        for (int row = Group.IdxX / CudaWarp.Lanes; column < columns && row < rows; row += 2 * CudaWarp.PerGroup)
        {
            int next = row + CudaWarp.PerGroup;
            first += parts[((long)row * columns) + column];
            second += next < rows ? parts[((long)next * columns) + column] : 0f;
        }

        shared[Group.IdxX] = first + second;
        Group.Barrier();
        float sum = 0;
        for (int warp = 0; warp < CudaWarp.PerGroup; warp++)
        {
            sum += shared[(warp * CudaWarp.Lanes) + Warp.LaneIdx];
        }

        return sum;
    }
}
