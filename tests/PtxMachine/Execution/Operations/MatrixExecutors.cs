using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>ldmatrix: 8x8 matrices of 16-bit elements from shared memory into the fragments of mma.</summary>
internal static unsafe class MatrixExecutors
{
    /// <summary>
    /// Lane 8 m + r gives the address of row r of matrix m; lane l receives of each matrix row l/4, elements 2 (l mod 4) and the next, or
    /// with a mode beside zero (`.trans`) the elements of column l/4. The list holds one register for each matrix.
    /// </summary>
    [SkipLocalsInit]
    public static void LoadMatrix(Warp warp, Instruction* i, uint mask)
    {
        if (warp.Options.Checks) warp.RequireWholeWarp(i, mask);
        ulong* address = stackalloc ulong[32];
        MemoryAccess.Addresses(warp, i, address);
        int matrices = i->ListLength;
        uint rows = matrices == 4 ? uint.MaxValue : (1u << (8 * matrices)) - 1;
        uint sound = MemoryAccess.Resolve(warp, i, StateSpace.Shared, rows & mask, address, 16, AccessKind.Read, out _);
        for (int matrix = 0; matrix < matrices; matrix++)
        {
            int slot = warp.Program.Lists[i->List + matrix];
            byte* d = warp.Lanes<byte>(slot);
            for (int row = 0; row < 8; row++)
            {
                int lane = 8 * matrix + row;
                Vector128<byte> data = (sound >> lane & 1) != 0 ? Vector128.Load((byte*)address[lane]) : Vector128<byte>.Zero;
                data.Store(d + 16 * row);
            }
            if (i->Mode != 0) Transpose((ushort*)d);
            warp.Initialised[slot] |= mask;
        }
    }

    /// <summary>Swaps rows and columns of one 8x8 matrix.</summary>
    public static void Transpose(ushort* matrix)
    {
        for (int row = 0; row < 8; row++)
        {
            for (int column = row + 1; column < 8; column++)
            {
                (matrix[8 * row + column], matrix[8 * column + row]) = (matrix[8 * column + row], matrix[8 * row + column]);
            }
        }
    }
}
