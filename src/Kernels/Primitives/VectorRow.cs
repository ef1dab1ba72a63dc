using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// Rows of floats in vectors of 16 lanes. A machine with narrower registers runs each vector as two or four of its own.
/// Loops take whole vectors first and end with <see cref="LoadTail"/> and <see cref="StoreTail"/>, so no length needs padding.
/// </summary>
internal static unsafe class VectorRow
{
    /// <summary>Floats in a vector.</summary>
    public const int Lanes = 16;

    // Tails are moved number by number and in line: around a call every vector register would be spilled, in the loops before it as well.

    /// <summary>The last <paramref name="count"/> &lt; 16 floats of a row, <paramref name="fill"/> behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTail(float* source, int count, float fill = 0)
    {
        Vector512<float> value = Vector512.Create(fill);
        float* lanes = (float*)&value;
        for (int i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return value;
    }

    /// <summary>Stores the first <paramref name="count"/> &lt; 16 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTail(Vector512<float> value, float* destination, int count)
    {
        float* lanes = (float*)&value;
        for (int i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }

    /// <summary>Σ x.</summary>
    public static float Sum(float* x, int length)
    {
        Vector512<float> sum0 = default, sum1 = default;
        int i = 0;
        for (; i <= length - (2 * Lanes); i += 2 * Lanes)
        {
            sum0 += Vector512.Load(x + i);
            sum1 += Vector512.Load(x + i + Lanes);
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            sum0 += Vector512.Load(x + i);
        }

        if (i < length)
        {
            sum1 += LoadTail(x + i, length - i);
        }

        return Vector512.Sum(sum0 + sum1);
    }

    /// <summary>Σ x y.</summary>
    public static float Dot(float* x, float* y, int length)
    {
        // A multiply-add takes four cycles and one begins in each: four sums at a time.
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int i = 0;
        for (; i <= length - (4 * Lanes); i += 4 * Lanes)
        {
            sum0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum0);
            sum1 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + Lanes), Vector512.Load(y + i + Lanes), sum1);
            sum2 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + (2 * Lanes)), Vector512.Load(y + i + (2 * Lanes)), sum2);
            sum3 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + (3 * Lanes)), Vector512.Load(y + i + (3 * Lanes)), sum3);
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            sum0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum0);
        }

        if (i < length)
        {
            sum1 = Vector512.FusedMultiplyAdd(LoadTail(x + i, length - i), LoadTail(y + i, length - i), sum1);
        }

        return Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    /// <summary>The largest of the lanes; a lane that is NaN may be passed over.</summary>
    public static float Maximum(Vector512<float> x)
    {
        Vector256<float> half = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }

    /// <summary>The largest value; one that is NaN may be passed over.</summary>
    public static float Maximum(float* x, int length)
    {
        Vector512<float> maximum0 = Vector512.Create(float.NegativeInfinity), maximum1 = maximum0;
        int i = 0;
        for (; i <= length - (2 * Lanes); i += 2 * Lanes)
        {
            maximum0 = Vector512.MaxNative(maximum0, Vector512.Load(x + i));
            maximum1 = Vector512.MaxNative(maximum1, Vector512.Load(x + i + Lanes));
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            maximum0 = Vector512.MaxNative(maximum0, Vector512.Load(x + i));
        }

        if (i < length)
        {
            maximum1 = Vector512.MaxNative(maximum1, LoadTail(x + i, length - i, float.NegativeInfinity));
        }

        return Maximum(Vector512.MaxNative(maximum0, maximum1));
    }

    /// <summary>y ← a y + b x.</summary>
    public static void Mix(float* y, float* x, float a, float b, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector512.Store((Vector512.Load(y + i) * a) + (Vector512.Load(x + i) * b), y + i);
        }

        if (i < length)
        {
            StoreTail((LoadTail(y + i, length - i) * a) + (LoadTail(x + i, length - i) * b), y + i, length - i);
        }
    }

    /// <summary>y ← factor · x; y may be x.</summary>
    public static void Scale(float* y, float* x, float factor, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector512.Store(Vector512.Load(x + i) * factor, y + i);
        }

        if (i < length)
        {
            StoreTail(LoadTail(x + i, length - i) * factor, y + i, length - i);
        }
    }

    /// <summary>y ← factor (x − along · direction); y may be x.</summary>
    public static void Project(float* y, float* x, float* direction, float along, float factor, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector512.Store((Vector512.Load(x + i) - (Vector512.Load(direction + i) * along)) * factor, y + i);
        }

        if (i < length)
        {
            StoreTail((LoadTail(x + i, length - i) - (LoadTail(direction + i, length - i) * along)) * factor, y + i, length - i);
        }
    }

    /// <summary>y ← y + x.</summary>
    public static void Add(float* y, float* x, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector512.Store(Vector512.Load(y + i) + Vector512.Load(x + i), y + i);
        }

        if (i < length)
        {
            StoreTail(LoadTail(y + i, length - i) + LoadTail(x + i, length - i), y + i, length - i);
        }
    }

    /// <summary>y ← x.</summary>
    public static void Copy(float* y, float* x, long length) => Buffer.MemoryCopy(x, y, length * sizeof(float), length * sizeof(float));

    /// <summary>y ← 0.</summary>
    public static void Clear(float* y, long length) => NativeMemory.Clear(y, (nuint)length * sizeof(float));
}
