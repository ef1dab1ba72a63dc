using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Between 32-bit masks of lanes and vectors of lanes.</summary>
internal static unsafe class LaneMask
{
    /// <summary>All bits set in the elements whose bit in <paramref name="bits"/> is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Expand<T>(uint bits)
        where T : unmanaged
    {
        if (sizeof(T) == 8)
        {
            Vector512<ulong> each = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
            return Vector512.Equals(Vector512.Create((ulong)bits) & each, each).As<ulong, T>();
        }
        Vector512<uint> one = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(bits) & one, one).As<uint, T>();
    }

    /// <summary>Stores the elements whose lane is in the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T* destination, int lane, Vector512<T> value, uint mask)
        where T : unmanaged
    {
        if (mask != uint.MaxValue)
        {
            value = Vector512.ConditionalSelect(Expand<T>(mask >> lane), value, Vector512.LoadAligned(destination + lane));
        }
        value.StoreAligned(destination + lane);
    }
}
