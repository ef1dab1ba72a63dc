using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Runs comparisons and operations on predicates.</summary>
internal static unsafe class PredicateExecutors
{
    /// <summary>How a comparison is combined with the predicate in C; the negation of that predicate is a further bit of the mode.</summary>
    public const int Plain = 0, CombineAnd = 1, CombineOr = 2, CombineXor = 3, Negated = 4;

    public static void Compare<T, TComparison>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TComparison : struct, IComparison
    {
        T* a = warp.Lanes<T>(i->A), b = warp.Lanes<T>(i->B);
        ulong bits = 0;
        for (int lane = 0; lane < 32; lane += Vector512<T>.Count)
        {
            bits |= TComparison.Apply(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane)).ExtractMostSignificantBits() << lane;
        }
        uint holds = (uint)bits;
        Set(ref warp.Predicate(i->D), Combine(warp, i, holds), mask);
        if (i->E == Instruction.Scratch) return;
        Set(ref warp.Predicate(i->E), Combine(warp, i, ~holds), mask);
        warp.Initialised[i->E] |= mask;
    }

    public static void Copy(Warp warp, Instruction* i, uint mask) => Set(ref warp.Predicate(i->D), warp.Predicate(i->A), mask);

    public static void Not(Warp warp, Instruction* i, uint mask) => Set(ref warp.Predicate(i->D), ~warp.Predicate(i->A), mask);

    public static void And(Warp warp, Instruction* i, uint mask) => Set(ref warp.Predicate(i->D), warp.Predicate(i->A) & warp.Predicate(i->B), mask);

    public static void Or(Warp warp, Instruction* i, uint mask) => Set(ref warp.Predicate(i->D), warp.Predicate(i->A) | warp.Predicate(i->B), mask);

    public static void Xor(Warp warp, Instruction* i, uint mask) => Set(ref warp.Predicate(i->D), warp.Predicate(i->A) ^ warp.Predicate(i->B), mask);

    /// <summary>Sets the lanes of a predicate that are in the mask.</summary>
    public static void Set(ref uint predicate, uint value, uint mask) => predicate = (predicate & ~mask) | (value & mask);

    private static uint Combine(Warp warp, Instruction* i, uint holds)
    {
        uint other = warp.Predicate(i->C) ^ ((i->Mode & Negated) != 0 ? uint.MaxValue : 0);
        return (i->Mode & 3) switch
        {
            CombineAnd => holds & other,
            CombineOr => holds | other,
            CombineXor => holds ^ other,
            _ => holds,
        };
    }
}
