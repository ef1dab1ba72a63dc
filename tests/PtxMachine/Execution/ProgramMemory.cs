using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>Places a kernel's shared and local variables.</summary>
internal sealed class ProgramMemory(Func<string, ulong?> globalAddress, bool unluckyAlignment)
{
    /// <summary>Shared-space address of the first byte: newer cards keep the first kilobyte for themselves.</summary>
    public const int SharedBase = 1024;

    private readonly Dictionary<string, int> _shared = [];
    private readonly Dictionary<string, int> _dynamic = [];

    public int StaticSharedBytes { get; private set; }

    public bool UsesDynamicShared => _dynamic.Count > 0;

    public int LocalBytes { get; private set; }

    public ulong? GlobalAddress(string name) => globalAddress(name);

    public bool IsShared(string name) => _shared.ContainsKey(name) || _dynamic.ContainsKey(name);

    public void AddShared(PtxVariable variable)
    {
        if (IsShared(variable.Name)) return;
        if (variable.External || variable.Size == 0)
        {
            _dynamic[variable.Name] = variable.Alignment;
            return;
        }
        _shared[variable.Name] = AlignShared(StaticSharedBytes, variable.Alignment);
        StaticSharedBytes = _shared[variable.Name] + variable.Size;
    }

    public int AddLocal(PtxVariable variable)
    {
        int offset = Align(LocalBytes, variable.Alignment);
        LocalBytes = offset + variable.Size;
        return offset;
    }

    /// <summary>Dynamic shared memory begins here; all dynamic variables share one start.</summary>
    public int DynamicStart => AlignShared(StaticSharedBytes, _dynamic.Values.DefaultIfEmpty(1).Max());

    public ulong SharedAddress(string name) => (ulong)(SharedBase + (_shared.TryGetValue(name, out int offset) ? offset : DynamicStart));

    // The base of shared memory is a multiple of 1024; an odd multiple of the alignment is all that a declaration promises.
    private int AlignShared(int offset, int alignment) => unluckyAlignment && alignment < SharedBase
        ? Align(offset, 2 * alignment) + alignment
        : Align(offset, alignment);

    private static int Align(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;
}
