using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

internal readonly struct Add : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a + b;
}

internal readonly struct Subtract : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a - b;
}

internal readonly struct Multiply : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a * b;
}

internal readonly struct Divide : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a / b;
}

internal readonly struct And : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a & b;
}

internal readonly struct Or : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a | b;
}

internal readonly struct Xor : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a ^ b;
}

/// <summary>The smaller operand; of a number and NaN the number; −0 is smaller than +0.</summary>
internal readonly struct Minimum : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.MinNumber(a, b);
}

/// <summary>The larger operand; of a number and NaN the number; +0 is larger than −0.</summary>
internal readonly struct Maximum : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.MaxNumber(a, b);
}

/// <summary>The smaller operand, or NaN if one is.</summary>
internal readonly struct MinimumOrNaN : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Min(a, b);
}

/// <summary>The larger operand, or NaN if one is.</summary>
internal readonly struct MaximumOrNaN : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Max(a, b);
}

/// <summary>The magnitude of b with the sign of a: PTX names the sign first.</summary>
internal readonly struct CopySign : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.CopySign(b, a);
}

internal readonly struct Negate : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => -a;
}

internal readonly struct Not : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => ~a;
}

internal readonly struct Absolute : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512.Abs(a);
}

internal readonly struct SquareRoot : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512.Sqrt(a);
}

internal readonly struct Reciprocal : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512<T>.One / a;
}

internal readonly struct Copy : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => a;
}

/// <summary>One where the operand is zero, else zero.</summary>
internal readonly struct IsZero : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512.Equals(a, Vector512<T>.Zero) & Vector512<T>.One;
}

/// <summary>a b + c, rounded once for floats.</summary>
internal readonly struct MultiplyAdd : ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double)) return Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
        return a * b + c;
    }
}
