using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>Two neighbouring numbers, loaded and stored at once.</summary>
internal struct Float2
{
    public float X, Y;
}

/// <summary>Four neighbouring numbers, loaded and stored at once.</summary>
internal struct Float4 : ICudaVector<Float4>
{
    public float X, Y, Z, W;

    public readonly int Length => 4;

    public readonly float Sum => X + Y + (Z + W);

    public readonly float Largest => XMath.Max(XMath.Max(X, Y), XMath.Max(Z, W));

    readonly Float4 ICudaVector<Float4>.All(float value) => All(value);

    public readonly Float4 Plus(Float4 other) => this + other;

    public readonly Float4 Minus(Float4 other) => new() { X = X - other.X, Y = Y - other.Y, Z = Z - other.Z, W = W - other.W };

    public readonly Float4 Times(Float4 other) => this * other;

    public readonly Float4 Over(Float4 other) => new() { X = X / other.X, Y = Y / other.Y, Z = Z / other.Z, W = W / other.W };

    public readonly Float4 Map<TFunction>(TFunction function) where TFunction : struct, ICudaFunction =>
        new() { X = function.Of(X), Y = function.Of(Y), Z = function.Of(Z), W = function.Of(W) };

    public readonly Float4 Load<T>(ArrayView<T> source, long at) where T : unmanaged, ICudaElement<T> => default(T).LoadFour(source, at);

    public readonly void Store<T>(ArrayView<T> target, long at) where T : unmanaged, ICudaElement<T> =>
        default(T).StoreFour(target, at, this);

    public static Float4 All(float value) => new() { X = value, Y = value, Z = value, W = value };

    public static Float4 operator +(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    public static Float4 operator *(Float4 a, Float4 b) => new() { X = a.X * b.X, Y = a.Y * b.Y, Z = a.Z * b.Z, W = a.W * b.W };
}
