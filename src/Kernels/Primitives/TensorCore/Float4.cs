namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>Two neighbouring numbers, loaded and stored at once.</summary>
internal struct Float2
{
    public float X, Y;
}

/// <summary>Four neighbouring numbers, loaded and stored at once.</summary>
internal struct Float4
{
    public float X, Y, Z, W;

    public static Float4 All(float value) => new() { X = value, Y = value, Z = value, W = value };

    public static Float4 operator +(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    public static Float4 operator *(Float4 a, Float4 b) => new() { X = a.X * b.X, Y = a.Y * b.Y, Z = a.Z * b.Z, W = a.W * b.W };
}
