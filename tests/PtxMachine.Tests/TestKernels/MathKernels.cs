using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace DoRA.PtxMachine.Tests.TestKernels;

/// <summary>Kernels with functions that cards approximate, and with more of ILGPU's library.</summary>
public static class MathKernels
{
    /// <summary>Values for each function, one after the other.</summary>
    public static void Functions(ArrayView<float> input, ArrayView<float> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        float x = input[i];
        output[i] = XMath.Exp(x);
        output[n + i] = XMath.Log(XMath.Abs(x) + 1);
        output[2 * n + i] = XMath.Tanh(x);
        output[3 * n + i] = XMath.Rsqrt(XMath.Abs(x) + 1);
        output[4 * n + i] = XMath.Sin(x);
        output[5 * n + i] = XMath.Cos(x);
        output[6 * n + i] = XMath.Pow(XMath.Abs(x) + 0.5f, 1.5f);
        output[7 * n + i] = XMath.Floor(x) + XMath.Ceiling(x) + XMath.Rcp(x * x + 1);
    }

    /// <summary>Softmax of one row of any length for each group of 64 threads, with a reduction over warps.</summary>
    public static void Softmax(ArrayView<float> input, ArrayView<float> output, int columns)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(2);
        int row = Grid.IdxX * columns;
        float largest = float.NegativeInfinity;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) largest = XMath.Max(largest, input[row + c]);
        largest = WarpMaximum(largest);
        if (Warp.IsFirstLane) shared[Group.IdxX / 32] = largest;
        Group.Barrier();
        largest = XMath.Max(shared[0], shared[1]);
        Group.Barrier();
        float sum = 0;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) sum += XMath.Exp(input[row + c] - largest);
        for (int offset = 16; offset > 0; offset /= 2) sum += Warp.ShuffleXor(sum, offset);
        if (Warp.IsFirstLane) shared[Group.IdxX / 32] = sum;
        Group.Barrier();
        sum = shared[0] + shared[1];
        for (int c = Group.IdxX; c < columns; c += Group.DimX) output[row + c] = XMath.Exp(input[row + c] - largest) / sum;
    }

    private static float WarpMaximum(float value)
    {
        for (int offset = 16; offset > 0; offset /= 2) value = XMath.Max(value, Warp.ShuffleXor(value, offset));
        return value;
    }

    /// <summary>Philox 4x32, ten rounds: counter based random numbers.</summary>
    public static void Philox(ArrayView<uint> input, ArrayView<uint> output, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n) return;
        uint c0 = (uint)i, c1 = input[0], c2 = input[1], c3 = 7, k0 = input[2], k1 = input[3];
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)c0 * 0xD2511F53u, p1 = (ulong)c2 * 0xCD9E8D57u;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        output[i] = c0 ^ c1 ^ c2 ^ c3;
    }
}
