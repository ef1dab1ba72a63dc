using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DoRA.Pipeline.Dataset;

/// <summary>What block matching and shot detection compare pictures by.</summary>
internal static class AbsoluteDifferences
{
    /// <summary>The sum of |first − second| over all bytes; both are equally long.</summary>
    public static long Sum(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        ref byte a = ref MemoryMarshal.GetReference(first), b = ref MemoryMarshal.GetReference(second);
        Vector128<uint> sums = Vector128<uint>.Zero; // Enough for pictures of 16 MB.
        int i = 0;
        for (; i <= first.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            Vector128<byte> x = Vector128.LoadUnsafe(ref a, (nuint)i), y = Vector128.LoadUnsafe(ref b, (nuint)i);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Max(x, y) - Vector128.Min(x, y));
            (Vector128<uint> even, Vector128<uint> odd) = Vector128.Widen(low + high);
            sums += even + odd;
        }

        long sum = Vector128.Sum(sums);
        for (; i < first.Length; i++)
        {
            sum += Math.Abs(first[i] - second[i]);
        }

        return sum;
    }
}
