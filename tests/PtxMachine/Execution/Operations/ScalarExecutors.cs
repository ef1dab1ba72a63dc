using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>An operation on the value of one lane.</summary>
internal interface IScalar<TA, TD>
{
    static abstract TD Apply(TA a);
}

/// <summary>An operation on two values of one lane.</summary>
internal interface IScalar<TA, TB, TD>
{
    static abstract TD Apply(TA a, TB b);
}

/// <summary>An operation on three values of one lane.</summary>
internal interface IScalar<TA, TB, TC, TD>
{
    static abstract TD Apply(TA a, TB b, TC c);
}

/// <summary>Runs operations lane by lane, where no vector form pays.</summary>
internal static unsafe class ScalarExecutors
{
    public static void Unary<TA, TD, TOperation>(Warp warp, Instruction* i, uint mask)
        where TA : unmanaged
        where TD : unmanaged
        where TOperation : struct, IScalar<TA, TD>
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Put(d, lane, TOperation.Apply(Get<TA>(a, lane)));
        }
    }

    public static void Binary<TA, TB, TD, TOperation>(Warp warp, Instruction* i, uint mask)
        where TA : unmanaged
        where TB : unmanaged
        where TD : unmanaged
        where TOperation : struct, IScalar<TA, TB, TD>
    {
        byte* a = warp.Lanes<byte>(i->A), b = warp.Lanes<byte>(i->B), d = warp.Lanes<byte>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Put(d, lane, TOperation.Apply(Get<TA>(a, lane), Get<TB>(b, lane)));
        }
    }

    public static void Ternary<TA, TB, TC, TD, TOperation>(Warp warp, Instruction* i, uint mask)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
        where TD : unmanaged
        where TOperation : struct, IScalar<TA, TB, TC, TD>
    {
        byte* a = warp.Lanes<byte>(i->A), b = warp.Lanes<byte>(i->B), c = warp.Lanes<byte>(i->C), d = warp.Lanes<byte>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Put(d, lane, TOperation.Apply(Get<TA>(a, lane), Get<TB>(b, lane), Get<TC>(c, lane)));
        }
    }

    /// <summary>The value of a lane; lanes are 8 bytes apart for 8-byte values, else 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Get<T>(byte* lanes, int lane)
        where T : unmanaged => *(T*)(lanes + lane * (sizeof(T) == 8 ? 8 : 4));

    /// <summary>Sets the value of a lane; the bits above a narrow value become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(byte* lanes, int lane, T value)
        where T : unmanaged
    {
        if (sizeof(T) == 8) *(T*)(lanes + lane * 8) = value;
        else if (sizeof(T) == 4) *(T*)(lanes + lane * 4) = value;
        else *(uint*)(lanes + lane * 4) = sizeof(T) == 2 ? *(ushort*)&value : *(byte*)&value;
    }
}
