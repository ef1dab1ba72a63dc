using System.Numerics;

namespace DoRA.Kernels.Augment;

/// <summary>Arrays that only grow, so that a step like the one before allocates nothing.</summary>
internal static class CpuScratch
{
    /// <summary>The row length that holds <paramref name="width"/> floats in whole vectors.</summary>
    public static int Stride(int width) => (width + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;

    public static T[] Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }

        return array;
    }
}
