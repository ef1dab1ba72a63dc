using ILGPU;

namespace DoRA.PtxMachine.Tests.TestKernels;

/// <summary>Kernels with the mistakes that people make. All take one buffer and a number.</summary>
public static class BadKernels
{
    /// <summary>Reads the neighbour's value before it is certain to be there.</summary>
    public static void MissingBarrier(ArrayView<int> data, int n)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(128);
        int i = Group.IdxX;
        shared[i] = data[i];
        data[i] = shared[127 - i];
    }

    /// <summary>Begins to overwrite a tile that others may still read.</summary>
    public static void MissingSecondBarrier(ArrayView<int> data, int n)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(128);
        int i = Group.IdxX;
        int sum = 0;
        for (int tile = 0; tile < n; tile++)
        {
            shared[i] = data[i] + tile;
            Group.Barrier();
            sum += shared[127 - i];
        }
        data[i] = sum;
    }

    /// <summary>Threads leave before a barrier.</summary>
    public static void EarlyReturn(ArrayView<int> data, int n)
    {
        int i = Group.IdxX;
        if (i >= n) return;
        data[i] += 1;
        Group.Barrier();
        data[i] += 1;
    }

    /// <summary>Forgets the bound of a buffer that is shorter than the grid.</summary>
    public static void MissingBound(ArrayView<int> data, int n)
    {
        int i = Grid.GlobalIndex.X;
        data[i + n] = i;
    }

    /// <summary>All groups add to one element without an atomic operation.</summary>
    public static void MissingAtomic(ArrayView<int> data, int n)
    {
        if (Group.IdxX == 0) data[0] += n;
    }

    /// <summary>A shuffle inside of a branch that not all lanes take.</summary>
    public static void ShuffleInBranch(ArrayView<int> data, int n)
    {
        int i = Group.IdxX, value = data[i];
        if ((i & 1) == 0) value += Warp.ShuffleDown(value, 1);
        data[i] = value;
    }
}
