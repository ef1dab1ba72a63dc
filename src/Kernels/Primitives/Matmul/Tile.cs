using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// The register tile of every matrix product: <c>C[r, j] (+)= Σ_k A[r, k] B[k, j]</c> for <see cref="Rows"/> rows and
/// <see cref="Columns"/> columns, two vectors. Each step of k loads two vectors of B and broadcasts one value of A for every row; all sums
/// stay in registers. With 32 registers 12 rows: 24 sums, 24 multiply-adds against 14 loads, so the multipliers, not the loads, are the limit.
/// </summary>
internal static unsafe partial class Tile<L, V> where L : ILanes<V> where V : struct
{
    public static int Rows => L.TileRows;

    public static int Columns => 2 * L.Count;

    /// <summary>All strides in floats; element (r, k) of A is <c>a[r * aRow + k * aStep]</c>, row k of B begins at <c>b[k * bStep]</c>.</summary>
    /// <param name="rows">Rows wanted; a tile of fewer rows is taken where it will do, others are computed and stored too.</param>
    /// <param name="columns">Columns wanted; likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        float* c, nint cRow, float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, bool accumulate, int rows, int columns)
    {
        bool tall = L.TileRows == 12 && rows > 6;
        if (columns > L.Count)
        {
            if (tall)
            {
                Multiply12(c, cRow, a, aRow, aStep, b, bStep, depth, accumulate);
            }
            else
            {
                Multiply6(c, cRow, a, aRow, aStep, b, bStep, depth, accumulate);
            }
        }
        else if (tall)
        {
            Narrow12(c, cRow, a, aRow, aStep, b, bStep, depth, accumulate);
        }
        else
        {
            Narrow6(c, cRow, a, aRow, aStep, b, bStep, depth, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, V sum, bool accumulate) => L.Store(accumulate ? L.Add(sum, L.Load(c)) : sum, c);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Multiply12(float* c, nint cRow, float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, bool accumulate)
    {
        V l0 = L.Zero, r0 = L.Zero, l1 = L.Zero, r1 = L.Zero, l2 = L.Zero, r2 = L.Zero,
          l3 = L.Zero, r3 = L.Zero, l4 = L.Zero, r4 = L.Zero, l5 = L.Zero, r5 = L.Zero,
          l6 = L.Zero, r6 = L.Zero, l7 = L.Zero, r7 = L.Zero, l8 = L.Zero, r8 = L.Zero,
          l9 = L.Zero, r9 = L.Zero, l10 = L.Zero, r10 = L.Zero, l11 = L.Zero, r11 = L.Zero;
        float* a0 = a;
        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        float* a9 = a + (9 * aRow);
        for (; depth > 0; depth--)
        {
            V left = L.Load(b), right = L.Load(b + L.Count);
            V x0 = L.Create(*a0);
            l0 = L.MultiplyAdd(x0, left, l0);
            r0 = L.MultiplyAdd(x0, right, r0);
            V x1 = L.Create(a0[aRow]);
            l1 = L.MultiplyAdd(x1, left, l1);
            r1 = L.MultiplyAdd(x1, right, r1);
            V x2 = L.Create(a0[2 * aRow]);
            l2 = L.MultiplyAdd(x2, left, l2);
            r2 = L.MultiplyAdd(x2, right, r2);
            V x3 = L.Create(*a3);
            l3 = L.MultiplyAdd(x3, left, l3);
            r3 = L.MultiplyAdd(x3, right, r3);
            V x4 = L.Create(a3[aRow]);
            l4 = L.MultiplyAdd(x4, left, l4);
            r4 = L.MultiplyAdd(x4, right, r4);
            V x5 = L.Create(a3[2 * aRow]);
            l5 = L.MultiplyAdd(x5, left, l5);
            r5 = L.MultiplyAdd(x5, right, r5);
            V x6 = L.Create(*a6);
            l6 = L.MultiplyAdd(x6, left, l6);
            r6 = L.MultiplyAdd(x6, right, r6);
            V x7 = L.Create(a6[aRow]);
            l7 = L.MultiplyAdd(x7, left, l7);
            r7 = L.MultiplyAdd(x7, right, r7);
            V x8 = L.Create(a6[2 * aRow]);
            l8 = L.MultiplyAdd(x8, left, l8);
            r8 = L.MultiplyAdd(x8, right, r8);
            V x9 = L.Create(*a9);
            l9 = L.MultiplyAdd(x9, left, l9);
            r9 = L.MultiplyAdd(x9, right, r9);
            V x10 = L.Create(a9[aRow]);
            l10 = L.MultiplyAdd(x10, left, l10);
            r10 = L.MultiplyAdd(x10, right, r10);
            V x11 = L.Create(a9[2 * aRow]);
            l11 = L.MultiplyAdd(x11, left, l11);
            r11 = L.MultiplyAdd(x11, right, r11);
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        Put(c, l0, accumulate);
        Put(c + L.Count, r0, accumulate);
        Put(c + cRow, l1, accumulate);
        Put(c + cRow + L.Count, r1, accumulate);
        Put(c + (2 * cRow), l2, accumulate);
        Put(c + (2 * cRow) + L.Count, r2, accumulate);
        Put(c + (3 * cRow), l3, accumulate);
        Put(c + (3 * cRow) + L.Count, r3, accumulate);
        Put(c + (4 * cRow), l4, accumulate);
        Put(c + (4 * cRow) + L.Count, r4, accumulate);
        Put(c + (5 * cRow), l5, accumulate);
        Put(c + (5 * cRow) + L.Count, r5, accumulate);
        Put(c + (6 * cRow), l6, accumulate);
        Put(c + (6 * cRow) + L.Count, r6, accumulate);
        Put(c + (7 * cRow), l7, accumulate);
        Put(c + (7 * cRow) + L.Count, r7, accumulate);
        Put(c + (8 * cRow), l8, accumulate);
        Put(c + (8 * cRow) + L.Count, r8, accumulate);
        Put(c + (9 * cRow), l9, accumulate);
        Put(c + (9 * cRow) + L.Count, r9, accumulate);
        Put(c + (10 * cRow), l10, accumulate);
        Put(c + (10 * cRow) + L.Count, r10, accumulate);
        Put(c + (11 * cRow), l11, accumulate);
        Put(c + (11 * cRow) + L.Count, r11, accumulate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Multiply6(float* c, nint cRow, float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, bool accumulate)
    {
        V l0 = L.Zero, r0 = L.Zero, l1 = L.Zero, r1 = L.Zero, l2 = L.Zero, r2 = L.Zero,
          l3 = L.Zero, r3 = L.Zero, l4 = L.Zero, r4 = L.Zero, l5 = L.Zero, r5 = L.Zero;
        float* a0 = a;
        float* a3 = a + (3 * aRow);
        for (; depth > 0; depth--)
        {
            V left = L.Load(b), right = L.Load(b + L.Count);
            V x0 = L.Create(*a0);
            l0 = L.MultiplyAdd(x0, left, l0);
            r0 = L.MultiplyAdd(x0, right, r0);
            V x1 = L.Create(a0[aRow]);
            l1 = L.MultiplyAdd(x1, left, l1);
            r1 = L.MultiplyAdd(x1, right, r1);
            V x2 = L.Create(a0[2 * aRow]);
            l2 = L.MultiplyAdd(x2, left, l2);
            r2 = L.MultiplyAdd(x2, right, r2);
            V x3 = L.Create(*a3);
            l3 = L.MultiplyAdd(x3, left, l3);
            r3 = L.MultiplyAdd(x3, right, r3);
            V x4 = L.Create(a3[aRow]);
            l4 = L.MultiplyAdd(x4, left, l4);
            r4 = L.MultiplyAdd(x4, right, r4);
            V x5 = L.Create(a3[2 * aRow]);
            l5 = L.MultiplyAdd(x5, left, l5);
            r5 = L.MultiplyAdd(x5, right, r5);
            a0 += aStep;
            a3 += aStep;
            b += bStep;
        }

        Put(c, l0, accumulate);
        Put(c + L.Count, r0, accumulate);
        Put(c + cRow, l1, accumulate);
        Put(c + cRow + L.Count, r1, accumulate);
        Put(c + (2 * cRow), l2, accumulate);
        Put(c + (2 * cRow) + L.Count, r2, accumulate);
        Put(c + (3 * cRow), l3, accumulate);
        Put(c + (3 * cRow) + L.Count, r3, accumulate);
        Put(c + (4 * cRow), l4, accumulate);
        Put(c + (4 * cRow) + L.Count, r4, accumulate);
        Put(c + (5 * cRow), l5, accumulate);
        Put(c + (5 * cRow) + L.Count, r5, accumulate);
    }
}
