using ILGPU;
using ILGPU.Runtime;
using Half = ILGPU.Half;

namespace DoRA.PtxMachine.Tests.TestKernels;

/// <summary>Four floats that load and store at once.</summary>
public struct Vector4
{
    public float X, Y, Z, W;
}

/// <summary>Kernels of ordinary ILGPU code, run on the machine and on ILGPU's CPU accelerator. All take input, output and a number.</summary>
public static class PlainKernels
{
    public static void Integers(ArrayView<int> input, ArrayView<int> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        int a = input[i], b = input[(i + 1) % n] | 1;
        uint u = (uint)a;
        long wide = (long)a * b;
        int result = a / b + a % b + (a << 3) - (b >> 2) + (int)(u >> 5) + (a & b) - (a ^ b);
        result += (int)(wide >> 7) + (int)((ulong)wide >> 40) + Math.Max(a, b) - Math.Min(a, b) + Math.Abs(a % 1000);
        result += (short)a + (byte)b + (sbyte)a - (ushort)b;
        result += IntrinsicMath.BitOperations.PopCount(a) - IntrinsicMath.BitOperations.LeadingZeroCount(b);
        output[i] = result;
    }

    public static void Floats(ArrayView<float> input, ArrayView<float> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        float a = input[i], b = input[(i + 1) % n];
        float result = a * b + a - b / 3f;
        result += MathF.Sqrt(MathF.Abs(a)) * 0.5f;
        result += a > b ? MathF.Max(a, 0.25f) : MathF.Min(b, -0.25f);
        result += (int)(a * 100) + (float)(double)b;
        double d = (double)a * a - b;
        result += (float)d + (float)(long)(d * 1000);
        if (float.IsNaN(result) || float.IsInfinity(result)) result = -1;
        output[i] = -result;
    }

    public static void Halves(ArrayView<Half> input, ArrayView<Half> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        Half a = input[i];
        float x = (float)a * 1.5f;
        output[i] = (Half)(x > 2 ? x - 1 : x + 0.25f);
    }

    public static void Bytes(ArrayView<byte> input, ArrayView<short> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        sbyte signed = (sbyte)input[i];
        output[i] = (short)(signed * 257 + input[n - 1 - i]);
    }

    public static void Divergence(ArrayView<int> input, ArrayView<int> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        int value = input[i], steps = 0;
        while (value != 1)
        {
            value = (value & 1) == 1 ? 3 * value + 1 : value >> 1;
            if (steps++ > 200) break;
            if (value % 7 == 3) continue;
            steps += value % 5 == 0 ? 2 : 0;
        }
        output[i] = (steps % 6) switch
        {
            0 => steps,
            1 => -steps,
            2 => steps * 2,
            3 => 7,
            _ => input[n - 1 - i],
        };
    }

    public static void LocalArray(ArrayView<int> input, ArrayView<int> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        ArrayView<int> local = LocalMemory.Allocate<int>(8);
        for (int k = 0; k < 8; k++) local[k] = input[(i + k) % n] * k;
        int sum = 0;
        for (int k = 0; k < 8; k++) sum += local[(input[i] & 7) ^ k] - local[k] / (k + 1);
        output[i] = sum;
    }

    public static void Vectors(ArrayView<Vector4> input, ArrayView<Vector4> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        Vector4 v = input[i];
        (v.X, v.W) = (v.W * 2, v.X + v.Y);
        output[i] = v;
    }

    /// <summary>Sum of a group by shuffles, shared memory and one atomic addition.</summary>
    public static void Reduction(ArrayView<int> input, ArrayView<int> output, int n)
    {
        ArrayView<int> partial = SharedMemory.Allocate<int>(32);
        int i = Grid.GlobalIndex.X;
        int value = i < n ? input[i] : 0;
        for (int offset = 16; offset > 0; offset >>= 1) value += Warp.ShuffleDown(value, offset);
        if (Warp.IsFirstLane) partial[Group.IdxX / 32] = value;
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            int sum = 0;
            for (int warp = 0; warp < Group.DimX / 32; warp++) sum += partial[warp];
            Atomic.Add(ref output[0], sum);
            Atomic.Max(ref output[1], sum);
        }
        int positive = Group.BarrierPopCount(value > 0);
        if (Group.IdxX == 0) output[2 + Grid.IdxX] = positive;
    }

    /// <summary>A 16 x 16 tiled product of square matrices of any size n: input holds A, then B.</summary>
    public static void TiledProduct(ArrayView<float> input, ArrayView<float> output, int n)
    {
        ArrayView<float> a = SharedMemory.Allocate<float>(256), b = SharedMemory.Allocate<float>(256);
        int x = Group.IdxX % 16, y = Group.IdxX / 16;
        int row = Grid.IdxY * 16 + y, column = Grid.IdxX * 16 + x;
        float sum = 0;
        for (int k = 0; k < n; k += 16)
        {
            a[y * 16 + x] = row < n && k + x < n ? input[row * n + k + x] : 0;
            b[y * 16 + x] = k + y < n && column < n ? input[n * n + (k + y) * n + column] : 0;
            Group.Barrier();
            for (int p = 0; p < 16; p++) sum += a[y * 16 + p] * b[p * 16 + x];
            Group.Barrier();
        }
        if (row < n && column < n) output[row * n + column] = sum;
    }

    /// <summary>Dynamic shared memory, read by another thread.</summary>
    public static void DynamicShared(ArrayView<int> input, ArrayView<int> output, int n)
    {
        ArrayView<int> memory = SharedMemory.GetDynamic<int>();
        int i = Group.IdxX;
        memory[i] = input[i] * 3;
        Group.Barrier();
        output[i] = memory[n - 1 - i];
    }

    /// <summary>Every kind of parameter.</summary>
    public static void Parameters(ArrayView1D<float, Stride1D.Dense> x, ArrayView2D<float, Stride2D.DenseX> y, ArrayView<float> output, bool negate, byte b, Half h,
        Vector4 v)
    {
        int i = Group.IdxX;
        float value = x[i] + y[i % y.IntExtent.X, 1] + b + (float)h + v.Z + x.IntLength;
        output[i] = negate ? -value : value;
    }
}
