using ILGPU;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// Sums of columns by a group whose warps share out the rows: each lane has the same columns in every warp. The warps' sums are added in
/// their order.
/// </summary>
internal static class CudaSlices
{
    public const int GroupSize = CudaWarp.GroupSize;

    /// <summary>Floats of shared memory for vectors of up to four.</summary>
    public const int SharedFloats = 4 * GroupSize;

    /// <summary>Groups for one vector a lane.</summary>
    /// <param name="elements">Columns of a vector.</param>
    public static int Groups(int columns, int elements) => (columns + (CudaWarp.Lanes * elements) - 1) / (CudaWarp.Lanes * elements);

    /// <summary>The sum of all warps' values, lane by lane, in every warp. All threads of the group must come here.</summary>
    /// <param name="shared"><see cref="SharedFloats"/>.</param>
    public static TVector Sum<TVector>(TVector value, ArrayView<Float32> shared)
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default, sum = vector.All(0);
        Group.Barrier();
        value.Store(shared, Group.IdxX * vector.Length);
        Group.Barrier();
        for (int warp = 0; warp < Group.DimX / CudaWarp.Lanes; warp++)
        {
            sum = sum.Plus(vector.Load(shared, ((warp * CudaWarp.Lanes) + Warp.LaneIdx) * vector.Length));
        }

        return sum;
    }

    /// <summary>
    /// The sums of a column of <paramref name="parts"/> [rows, columns], where groups left what they had summed. All threads of the group
    /// must come here.
    /// </summary>
    public static float ColumnSum(ArrayView<float> parts, int rows, int columns, int column)
    {
        ArrayView<Float32> shared = SharedMemory.Allocate<Float32>(GroupSize);
        float first = 0, second = 0;
        // Two rows at a time, whose loads do not wait for each other.
        for (int row = Group.IdxX / CudaWarp.Lanes; column < columns && row < rows; row += 2 * CudaWarp.PerGroup)
        {
            int next = row + CudaWarp.PerGroup;
            first += parts[((long)row * columns) + column];
            second += next < rows ? parts[((long)next * columns) + column] : 0f;
        }

        return Sum(new Float1(first + second), shared).Sum;
    }
}
