using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

// 16-bit registers live in the low halves of 4-byte lanes: operands are extended, results cut off.

/// <summary>Extends and cuts 16-bit values.</summary>
internal static class Narrow
{
    public static Vector512<T> Signed<T>(Vector512<T> a)
        where T : unmanaged => ((a.AsInt32() << 16) >> 16).As<int, T>();

    public static Vector512<T> Low<T>(Vector512<T> a)
        where T : unmanaged => (a.AsUInt32() & Vector512.Create(0xFFFFu)).As<uint, T>();
}

/// <summary>A unary operation on signed 16-bit values.</summary>
internal readonly struct SignedShortUnary<TOperation> : IUnary
    where TOperation : struct, IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Narrow.Low(TOperation.Apply(Narrow.Signed(a)));
}

/// <summary>A unary operation on unsigned 16-bit values.</summary>
internal readonly struct ShortUnary<TOperation> : IUnary
    where TOperation : struct, IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Narrow.Low(TOperation.Apply(a));
}

/// <summary>A binary operation on signed 16-bit values.</summary>
internal readonly struct SignedShortBinary<TOperation> : IBinary
    where TOperation : struct, IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Narrow.Low(TOperation.Apply(Narrow.Signed(a), Narrow.Signed(b)));
}

/// <summary>A binary operation on unsigned 16-bit values.</summary>
internal readonly struct ShortBinary<TOperation> : IBinary
    where TOperation : struct, IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Narrow.Low(TOperation.Apply(a, b));
}

/// <summary>A ternary operation on 16-bit values; only low halves count, so signs do not matter.</summary>
internal readonly struct ShortTernary<TOperation> : ITernary
    where TOperation : struct, ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => Narrow.Low(TOperation.Apply(a, b, c));
}
