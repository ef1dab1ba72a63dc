using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.PtxMachine.Execution;

/// <summary>
/// The `cp.async` copies of one warp that are under way. Data are read from global memory at once, and arrive in shared memory
/// when the lane waits for their group; until then the destination holds ones (NaN).
/// </summary>
internal sealed unsafe class AsyncCopies(Warp warp)
{
    private readonly List<Copy> _underWay = [];
    private readonly Stack<Copy> _spare = new();
    private readonly int[] _committed = new int[32];

    public void Reset()
    {
        foreach (Copy copy in _underWay) _spare.Push(copy);
        _underWay.Clear();
        Array.Clear(_committed);
    }

    /// <summary>Begins a copy for some lanes; data of lane l go to <see cref="Copy.Data"/> at 16 l.</summary>
    public Copy Begin(uint lanes, int bytes)
    {
        Copy copy = _spare.Count > 0 ? _spare.Pop() : new Copy();
        copy.Lanes = lanes;
        copy.Bytes = bytes;
        _committed.CopyTo(copy.Group, 0);
        _underWay.Add(copy);
        return copy;
    }

    /// <summary>Closes the current group of copies of these lanes.</summary>
    public void Commit(uint lanes)
    {
        for (uint rest = lanes; rest != 0; rest &= rest - 1) _committed[BitOperations.TrailingZeroCount(rest)]++;
    }

    /// <summary>Lanes wait until at most <paramref name="pending"/> of their groups are under way.</summary>
    public void Wait(uint lanes, int pending)
    {
        int kept = 0;
        for (int c = 0; c < _underWay.Count; c++)
        {
            Copy copy = _underWay[c];
            for (uint rest = copy.Lanes & lanes; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                if (copy.Group[lane] >= _committed[lane] - pending) continue;
                copy.Lanes &= ~(1u << lane);
                byte* target = warp.Group.Shared + copy.Offset[lane];
                fixed (byte* data = copy.Data) Unsafe.CopyBlockUnaligned(target, data + 16 * lane, (uint)copy.Bytes);
                if (warp.Options.Checks) warp.Group.Shadow.Deliver(warp, lane, copy.Offset[lane], copy.Bytes);
            }
            if (copy.Lanes == 0) _spare.Push(copy);
            else _underWay[kept++] = copy;
        }
        _underWay.RemoveRange(kept, _underWay.Count - kept);
    }

    /// <summary>One warp-wide copy instruction under way.</summary>
    internal sealed class Copy
    {
        public uint Lanes;
        public int Bytes;

        public int[] Offset { get; } = new int[32];

        public int[] Group { get; } = new int[32];

        public byte[] Data { get; } = new byte[32 * 16];
    }
}
