using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine.Checks;

/// <summary>
/// Which group of which launch last wrote each word of global memory. Groups of a launch run in no order, so a group that reads or
/// writes a word that another group of the same launch has written races with it. Accesses narrower than a word and atomic ones are not
/// looked at, nor are kernels with memory fences: those order their groups themselves.
/// </summary>
internal sealed unsafe class GlobalOwners(long capacity) : IDisposable
{
    private ulong* _owners = (ulong*)NativeMemory.AllocZeroed((nuint)(capacity / sizeof(uint) * sizeof(ulong)));

    /// <summary>The mark that a group of a launch leaves.</summary>
    public static ulong Mark(ThreadGroup group) => (ulong)group.Launch.LaunchNumber << 32 | (uint)group.Index;

    /// <summary>Whether another group of the launch wrote one of these words; a write leaves its mark.</summary>
    public bool Races(ulong offset, int bytes, ulong mark, bool write)
    {
        bool races = false;
        ulong* first = _owners + (offset >> 2);
        int words = bytes >> 2, word = 0;
        Vector512<ulong> mine = Vector512.Create(mark);
        for (; word + 8 <= words; word += 8)
        {
            Vector512<ulong> owner = Vector512.Load(first + word);
            // The launch is this one, the group another: the difference lies in the lower half alone.
            Vector512<ulong> difference = owner ^ mine;
            races |= Vector512.LessThanAny(difference - Vector512<ulong>.One, Vector512.Create((1ul << 32) - 1));
            if (write) mine.Store(first + word);
        }
        for (; word < words; word++)
        {
            races |= (first[word] ^ mark) - 1 < (1ul << 32) - 1;
            if (write) first[word] = mark;
        }
        return races;
    }

    /// <summary>The group that wrote a word last.</summary>
    public int Group(ulong offset) => (int)(uint)_owners[offset >> 2];

    public void Dispose()
    {
        NativeMemory.Free(_owners);
        _owners = null;
    }
}
