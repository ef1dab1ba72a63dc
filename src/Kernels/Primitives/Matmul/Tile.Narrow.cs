using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Primitives;

/// <content>Tiles of one vector, for the last columns of a product.</content>
internal static unsafe partial class Tile<L, V>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Narrow12(float* c, nint cRow, float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, bool accumulate)
    {
        V l0 = L.Zero, l1 = L.Zero, l2 = L.Zero, l3 = L.Zero, l4 = L.Zero, l5 = L.Zero, l6 = L.Zero, l7 = L.Zero, l8 = L.Zero, l9 = L.Zero, l10 = L.Zero, l11 = L.Zero;
        float* a0 = a;
        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        float* a9 = a + (9 * aRow);
        for (; depth > 0; depth--)
        {
            V left = L.Load(b);
            l0 = L.MultiplyAdd(L.Create(*a0), left, l0);
            l1 = L.MultiplyAdd(L.Create(a0[aRow]), left, l1);
            l2 = L.MultiplyAdd(L.Create(a0[2 * aRow]), left, l2);
            l3 = L.MultiplyAdd(L.Create(*a3), left, l3);
            l4 = L.MultiplyAdd(L.Create(a3[aRow]), left, l4);
            l5 = L.MultiplyAdd(L.Create(a3[2 * aRow]), left, l5);
            l6 = L.MultiplyAdd(L.Create(*a6), left, l6);
            l7 = L.MultiplyAdd(L.Create(a6[aRow]), left, l7);
            l8 = L.MultiplyAdd(L.Create(a6[2 * aRow]), left, l8);
            l9 = L.MultiplyAdd(L.Create(*a9), left, l9);
            l10 = L.MultiplyAdd(L.Create(a9[aRow]), left, l10);
            l11 = L.MultiplyAdd(L.Create(a9[2 * aRow]), left, l11);
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        Put(c, l0, accumulate);
        Put(c + cRow, l1, accumulate);
        Put(c + (2 * cRow), l2, accumulate);
        Put(c + (3 * cRow), l3, accumulate);
        Put(c + (4 * cRow), l4, accumulate);
        Put(c + (5 * cRow), l5, accumulate);
        Put(c + (6 * cRow), l6, accumulate);
        Put(c + (7 * cRow), l7, accumulate);
        Put(c + (8 * cRow), l8, accumulate);
        Put(c + (9 * cRow), l9, accumulate);
        Put(c + (10 * cRow), l10, accumulate);
        Put(c + (11 * cRow), l11, accumulate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Narrow6(float* c, nint cRow, float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, bool accumulate)
    {
        V l0 = L.Zero, l1 = L.Zero, l2 = L.Zero, l3 = L.Zero, l4 = L.Zero, l5 = L.Zero;
        float* a0 = a;
        float* a3 = a + (3 * aRow);
        for (; depth > 0; depth--)
        {
            V left = L.Load(b);
            l0 = L.MultiplyAdd(L.Create(*a0), left, l0);
            l1 = L.MultiplyAdd(L.Create(a0[aRow]), left, l1);
            l2 = L.MultiplyAdd(L.Create(a0[2 * aRow]), left, l2);
            l3 = L.MultiplyAdd(L.Create(*a3), left, l3);
            l4 = L.MultiplyAdd(L.Create(a3[aRow]), left, l4);
            l5 = L.MultiplyAdd(L.Create(a3[2 * aRow]), left, l5);
            a0 += aStep;
            a3 += aStep;
            b += bStep;
        }

        Put(c, l0, accumulate);
        Put(c + cRow, l1, accumulate);
        Put(c + (2 * cRow), l2, accumulate);
        Put(c + (3 * cRow), l3, accumulate);
        Put(c + (4 * cRow), l4, accumulate);
        Put(c + (5 * cRow), l5, accumulate);
    }
}
