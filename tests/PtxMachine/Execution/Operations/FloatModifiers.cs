using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>The float modifiers `.ftz` (subnormal inputs and results become zero of the same sign) and `.sat` (results in [0, 1], NaN gives 0).</summary>
internal static class FloatModifier
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Flush<T>(Vector512<T> a)
        where T : unmanaged
    {
        Vector512<uint> bits = a.AsUInt32();
        Vector512<uint> subnormal = Vector512.Equals(bits & Vector512.Create(0x7F800000u), Vector512<uint>.Zero);
        return Vector512.ConditionalSelect(subnormal, bits & Vector512.Create(0x80000000u), bits).As<uint, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Saturate<T>(Vector512<T> a)
        where T : unmanaged => Vector512.MinNumber(Vector512.MaxNumber(a, Vector512<T>.Zero), Vector512<T>.One);
}

/// <summary>A unary operation with `.ftz`.</summary>
internal readonly struct FlushedUnary<TOperation> : IUnary
    where TOperation : struct, IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => FloatModifier.Flush(TOperation.Apply(FloatModifier.Flush(a)));
}

/// <summary>A binary operation with `.ftz`.</summary>
internal readonly struct FlushedBinary<TOperation> : IBinary
    where TOperation : struct, IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => FloatModifier.Flush(TOperation.Apply(FloatModifier.Flush(a), FloatModifier.Flush(b)));
}

/// <summary>A ternary operation with `.ftz`.</summary>
internal readonly struct FlushedTernary<TOperation> : ITernary
    where TOperation : struct, ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged =>
        FloatModifier.Flush(TOperation.Apply(FloatModifier.Flush(a), FloatModifier.Flush(b), FloatModifier.Flush(c)));
}

/// <summary>A unary operation with `.sat`.</summary>
internal readonly struct SaturatedUnary<TOperation> : IUnary
    where TOperation : struct, IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => FloatModifier.Saturate(TOperation.Apply(a));
}

/// <summary>A binary operation with `.sat`.</summary>
internal readonly struct SaturatedBinary<TOperation> : IBinary
    where TOperation : struct, IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => FloatModifier.Saturate(TOperation.Apply(a, b));
}

/// <summary>A ternary operation with `.sat`.</summary>
internal readonly struct SaturatedTernary<TOperation> : ITernary
    where TOperation : struct, ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => FloatModifier.Saturate(TOperation.Apply(a, b, c));
}
