using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>What an atomic instruction does with the old value, an operand and (compare-and-swap) a second operand.</summary>
internal interface IAtomic<T>
{
    static abstract T Apply(T old, T b, T c);
}

/// <summary>Atomic operations that every number type has.</summary>
internal static class Atomic<T>
    where T : unmanaged, INumber<T>
{
    internal readonly struct Add : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => unchecked(old + b);
    }

    internal readonly struct Minimum : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => T.MinNumber(old, b);
    }

    internal readonly struct Maximum : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => T.MaxNumber(old, b);
    }

    internal readonly struct Exchange : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => b;
    }

    internal readonly struct CompareAndSwap : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old == b ? c : old;
    }

    /// <summary>Counts up and begins again at zero behind b.</summary>
    internal readonly struct Increment : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old >= b ? T.Zero : old + T.One;
    }

    /// <summary>Counts down and begins again at b behind zero.</summary>
    internal readonly struct Decrement : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old == T.Zero || old > b ? b : old - T.One;
    }
}

/// <summary>Atomic operations on bits.</summary>
internal static class AtomicBits<T>
    where T : unmanaged, IBinaryInteger<T>
{
    internal readonly struct And : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old & b;
    }

    internal readonly struct Or : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old | b;
    }

    internal readonly struct Xor : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => old ^ b;
    }
}

/// <summary>Runs atomic instructions lane by lane; groups of such kernels do not run at the same time, so nothing is locked.</summary>
internal static unsafe class AtomicExecutors
{
    /// <summary>The operands B and C are in a list; D takes the old value.</summary>
    [SkipLocalsInit]
    public static void Run<T, TOperation>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TOperation : struct, IAtomic<T>
    {
        ulong* address = stackalloc ulong[32];
        MemoryAccess.Addresses(warp, i, address);
        uint sound = MemoryAccess.Resolve(warp, i, i->Space, mask, address, sizeof(T), AccessKind.Atomic, out _);
        byte* b = warp.Lanes<byte>(i->B), c = warp.Lanes<byte>(i->C), d = warp.Lanes<byte>(i->D);
        for (uint rest = sound; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            T* place = (T*)address[lane];
            T old = *place;
            *place = TOperation.Apply(old, ScalarExecutors.Get<T>(b, lane), ScalarExecutors.Get<T>(c, lane));
            ScalarExecutors.Put(d, lane, old);
        }
    }
}
