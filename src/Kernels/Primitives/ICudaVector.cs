using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// Neighbouring numbers that a lane loads, computes and stores together: <see cref="Float4"/> where rows begin at multiples of four
/// elements, which makes one instruction of 8 or 16 bytes, else <see cref="Float1"/>.
/// </summary>
internal interface ICudaVector<TVector>
    where TVector : unmanaged, ICudaVector<TVector>
{
    /// <summary>A constant: how many numbers.</summary>
    int Length { get; }

    float Sum { get; }

    /// <summary>A NaN is passed over.</summary>
    float Largest { get; }

    TVector All(float value);

    TVector Plus(TVector other);

    TVector Minus(TVector other);

    TVector Times(TVector other);

    TVector Over(TVector other);

    TVector Map<TFunction>(TFunction function) where TFunction : struct, ICudaFunction;

    /// <summary>Elements from <paramref name="at"/>, a multiple of <see cref="Length"/>; <c>default(TVector).Load(source, at)</c>.</summary>
    TVector Load<T>(ArrayView<T> source, long at) where T : unmanaged, ICudaElement<T>;

    void Store<T>(ArrayView<T> target, long at) where T : unmanaged, ICudaElement<T>;
}

/// <summary>What <see cref="ICudaVector{TVector}.Map"/> does to each number.</summary>
internal interface ICudaFunction
{
    float Of(float value);
}

/// <summary>One number, for rows of any width.</summary>
internal readonly struct Float1(float value) : ICudaVector<Float1>
{
    private readonly float _value = value;

    public int Length => 1;

    public float Sum => _value;

    public float Largest => _value;

    public Float1 All(float value) => new(value);

    public Float1 Plus(Float1 other) => new(_value + other._value);

    public Float1 Minus(Float1 other) => new(_value - other._value);

    public Float1 Times(Float1 other) => new(_value * other._value);

    public Float1 Over(Float1 other) => new(_value / other._value);

    public Float1 Map<TFunction>(TFunction function) where TFunction : struct, ICudaFunction => new(function.Of(_value));

    public Float1 Load<T>(ArrayView<T> source, long at) where T : unmanaged, ICudaElement<T> => new(source[at].Value);

    public void Store<T>(ArrayView<T> target, long at) where T : unmanaged, ICudaElement<T> => target[at] = default(T).Of(_value);
}
