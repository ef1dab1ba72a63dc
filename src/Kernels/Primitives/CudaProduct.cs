using ILGPU;

namespace DoRA.Kernels.Primitives;

/// <summary>One side of a product inside a kernel: element k of one of its lines, for k along which the product sums.</summary>
internal interface ICudaOperand
{
    /// <summary>A constant: neighbours in memory differ in k, not in the line. Threads are dealt out accordingly.</summary>
    bool KIsContiguous { get; }

    float At(int line, int k);
}

/// <summary>What becomes of a product's elements.</summary>
internal interface ICudaTarget
{
    /// <summary>A constant: the target wants the sums of the left side's lines too.</summary>
    bool TakesLineSums { get; }

    void Store(int row, int column, float value);

    void StoreLineSum(int row, float sum);
}

/// <summary>Lines of k one after another, <c>a[line · stride + k]</c>.</summary>
internal readonly struct CudaLineOperand(ArrayView<float> data, int stride) : ICudaOperand
{
    public bool KIsContiguous => true;

    public float At(int line, int k) => data[((long)line * stride) + k];
}

/// <summary>Lines side by side, <c>a[k · stride + line]</c>, with an optional factor for every so many k.</summary>
internal readonly struct CudaColumnOperand(ArrayView<float> data, int stride, ArrayView<float> scale, int perScale) : ICudaOperand
{
    public bool KIsContiguous => false;

    public float At(int line, int k)
    {
        float value = data[((long)k * stride) + line];
        return scale.Length > 0 ? value * scale[k / perScale] : value;
    }
}

/// <summary>
/// <c>C[i, j] = Σ_k left(i, k) right(j, k)</c> in float32, tile by tile: a group of 256 threads makes 64 × 64 elements of C, 16 a thread,
/// from tiles of both sides in shared memory, 16 deep. Ragged edges are filled with zeros.
/// </summary>
internal static class CudaProduct
{
    public const int GroupSize = 256;

    private const int Tile = 64;
    private const int Depth = 16;

    /// <summary>Distance of two k in a shared tile: threads that write two lines of 16 k each meet 32 different banks.</summary>
    private const int Stride = Tile + 2;

    /// <summary>Distance of two rows of C in shared memory: two rows of 16 columns meet 32 different banks.</summary>
    private const int ResultStride = Tile + 16;

    public static Extents Grid(int rows, int columns) => ((columns + Tile - 1) / Tile, (rows + Tile - 1) / Tile);

    /// <summary>The group's tile of the product, the body of a kernel.</summary>
    public static void Run<TLeft, TRight, TTarget>(TLeft left, TRight right, TTarget target, int rows, int columns, int depth)
        where TLeft : struct, ICudaOperand
        where TRight : struct, ICudaOperand
        where TTarget : struct, ICudaTarget
    {
        ArrayView<float> a = SharedMemory.Allocate<float>(Depth * Stride), b = SharedMemory.Allocate<float>(Depth * Stride),
            c = SharedMemory.Allocate<float>(Tile * ResultStride);
        int firstRow = ILGPU.Grid.IdxY * Tile, firstColumn = ILGPU.Grid.IdxX * Tile, thread = Group.IdxX, x = thread % 16, y = thread / 16;
        bool sumsLines = target.TakesLineSums && ILGPU.Grid.IdxX == 0 && thread < Tile;
        float lineSum = 0;
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        float c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
        for (int first = 0; first < depth; first += Depth)
        {
            Load(a, left, firstRow, rows, first, depth);
            Load(b, right, firstColumn, columns, first, depth);
            Group.Barrier();
            for (int k = 0; k < Depth; k++)
            {
                int row = (k * Stride) + y, column = (k * Stride) + x;
                float a0 = a[row], a1 = a[row + 16], a2 = a[row + 32], a3 = a[row + 48];
                float b0 = b[column], b1 = b[column + 16], b2 = b[column + 32], b3 = b[column + 48];
                c00 += a0 * b0;
                c01 += a0 * b1;
                c02 += a0 * b2;
                c03 += a0 * b3;
                c10 += a1 * b0;
                c11 += a1 * b1;
                c12 += a1 * b2;
                c13 += a1 * b3;
                c20 += a2 * b0;
                c21 += a2 * b1;
                c22 += a2 * b2;
                c23 += a2 * b3;
                c30 += a3 * b0;
                c31 += a3 * b1;
                c32 += a3 * b2;
                c33 += a3 * b3;
            }

            if (sumsLines)
            {
                float sum = 0;
                for (int k = 0; k < Depth; k++)
                {
                    sum += a[(k * Stride) + thread];
                }

                lineSum += sum;
            }

            Group.Barrier();
        }

        int at = (y * ResultStride) + x;
        c[at] = c00;
        c[at + 16] = c01;
        c[at + 32] = c02;
        c[at + 48] = c03;
        c[at + (16 * ResultStride)] = c10;
        c[at + (16 * ResultStride) + 16] = c11;
        c[at + (16 * ResultStride) + 32] = c12;
        c[at + (16 * ResultStride) + 48] = c13;
        c[at + (32 * ResultStride)] = c20;
        c[at + (32 * ResultStride) + 16] = c21;
        c[at + (32 * ResultStride) + 32] = c22;
        c[at + (32 * ResultStride) + 48] = c23;
        c[at + (48 * ResultStride)] = c30;
        c[at + (48 * ResultStride) + 16] = c31;
        c[at + (48 * ResultStride) + 32] = c32;
        c[at + (48 * ResultStride) + 48] = c33;
        Group.Barrier();

        // Through shared memory, so that a warp stores whole rows and the epilogue's code is there once.
        for (int i = thread; i < Tile * Tile; i += GroupSize)
        {
            int row = firstRow + (i / Tile), column = firstColumn + (i % Tile);
            if (row < rows && column < columns)
            {
                target.Store(row, column, c[(i / Tile * ResultStride) + (i % Tile)]);
            }
        }

        if (sumsLines && firstRow + thread < rows)
        {
            target.StoreLineSum(firstRow + thread, lineSum);
        }
    }

    private static void Load<TOperand>(ArrayView<float> tile, TOperand operand, int firstLine, int lines, int first, int depth)
        where TOperand : struct, ICudaOperand
    {
        for (int i = Group.IdxX; i < Tile * Depth; i += GroupSize)
        {
            int line = operand.KIsContiguous ? i / Depth : i % Tile, k = operand.KIsContiguous ? i % Depth : i / Tile;
            bool inside = firstLine + line < lines && first + k < depth;
            tile[(k * Stride) + line] = inside ? operand.At(firstLine + line, first + k) : 0;
        }
    }
}
