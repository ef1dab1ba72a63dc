using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>A comparison: all bits of an element are set where it holds.</summary>
internal interface IComparison
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}

internal readonly struct IsEqual : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Equals(a, b);
}

/// <summary>Differs, and neither is NaN.</summary>
internal readonly struct IsDifferent : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.LessThan(a, b) | Vector512.GreaterThan(a, b);
}

internal readonly struct IsLess : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.LessThan(a, b);
}

internal readonly struct IsLessOrEqual : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.LessThanOrEqual(a, b);
}

internal readonly struct IsGreater : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.GreaterThan(a, b);
}

internal readonly struct IsGreaterOrEqual : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.GreaterThanOrEqual(a, b);
}

/// <summary>Neither is NaN.</summary>
internal readonly struct AreNumbers : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Equals(a, a) & Vector512.Equals(b, b);
}

internal readonly struct IsFinite : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Equals(a - a, Vector512<T>.Zero);
}

internal readonly struct IsInfinite : IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => ~Vector512.Equals(a - a, Vector512<T>.Zero) & Vector512.Equals(a, a);
}

/// <summary>The opposite of a comparison; `ltu` (less or NaN), for example, is not greater-or-equal.</summary>
internal readonly struct IsNot<TComparison> : IComparison
    where TComparison : struct, IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => ~TComparison.Apply(a, b);
}

/// <summary>A float comparison with `.ftz`.</summary>
internal readonly struct FlushedComparison<TComparison> : IComparison
    where TComparison : struct, IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => TComparison.Apply(FloatModifier.Flush(a), FloatModifier.Flush(b));
}

/// <summary>A comparison of signed 16-bit values in 4-byte lanes.</summary>
internal readonly struct SignedShortComparison<TComparison> : IComparison
    where TComparison : struct, IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => TComparison.Apply(Narrow.Signed(a), Narrow.Signed(b));
}

/// <summary>A comparison of half-precision values in 4-byte lanes.</summary>
internal readonly struct HalfComparison<TComparison> : IComparison
    where TComparison : struct, IComparison
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => TComparison.Apply(HalfFormat.Expand(a.AsUInt32()), HalfFormat.Expand(b.AsUInt32())).As<float, T>();
}
