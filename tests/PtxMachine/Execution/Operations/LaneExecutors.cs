using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>A vector operation of one operand, for any element type that it makes sense for.</summary>
internal interface IUnary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged;
}

/// <summary>A vector operation of two operands.</summary>
internal interface IBinary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}

/// <summary>A vector operation of three operands.</summary>
internal interface ITernary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged;
}

/// <summary>Runs vector operations over the 32 lanes; T has 4 or 8 bytes, like the lanes of a slot.</summary>
internal static unsafe class LaneExecutors
{
    public static void Unary<T, TOperation>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TOperation : struct, IUnary
    {
        T* a = warp.Lanes<T>(i->A), d = warp.Lanes<T>(i->D);
        for (int lane = 0; lane < 32; lane += Vector512<T>.Count)
        {
            LaneMask.Store(d, lane, TOperation.Apply(Vector512.LoadAligned(a + lane)), mask);
        }
    }

    public static void Binary<T, TOperation>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TOperation : struct, IBinary
    {
        T* a = warp.Lanes<T>(i->A), b = warp.Lanes<T>(i->B), d = warp.Lanes<T>(i->D);
        for (int lane = 0; lane < 32; lane += Vector512<T>.Count)
        {
            LaneMask.Store(d, lane, TOperation.Apply(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane)), mask);
        }
    }

    public static void Ternary<T, TOperation>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TOperation : struct, ITernary
    {
        T* a = warp.Lanes<T>(i->A), b = warp.Lanes<T>(i->B), c = warp.Lanes<T>(i->C), d = warp.Lanes<T>(i->D);
        for (int lane = 0; lane < 32; lane += Vector512<T>.Count)
        {
            Vector512<T> result = TOperation.Apply(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane), Vector512.LoadAligned(c + lane));
            LaneMask.Store(d, lane, result, mask);
        }
    }

    /// <summary>d = p ? a : b, with the predicate in C.</summary>
    public static void Select<T>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
    {
        T* a = warp.Lanes<T>(i->A), b = warp.Lanes<T>(i->B), d = warp.Lanes<T>(i->D);
        uint predicate = warp.Predicate(i->C) ^ (uint)i->Mode;
        for (int lane = 0; lane < 32; lane += Vector512<T>.Count)
        {
            Vector512<T> chosen = Vector512.ConditionalSelect(LaneMask.Expand<T>(predicate >> lane),
                Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane));
            LaneMask.Store(d, lane, chosen, mask);
        }
    }
}
