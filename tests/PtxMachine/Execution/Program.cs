using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>A kernel decoded once: instructions in blocks, the register file's layout, constants and the shared memory it needs.</summary>
internal sealed class Program
{
    public required string Name { get; init; }

    public required IReadOnlyList<PtxVariable> Parameters { get; init; }

    /// <summary>Byte offset of each parameter in the parameter buffer.</summary>
    public required int[] ParameterOffsets { get; init; }

    public required int ParameterBytes { get; init; }

    public required int? MaxThreads { get; init; }

    /// <summary>All instructions; pinned, so that handlers may hold pointers.</summary>
    public required Instruction[] Code { get; init; }

    /// <summary>Blocks in execution order.</summary>
    public required BasicBlock[] Blocks { get; init; }

    /// <summary>The block where threads begin.</summary>
    public required int Entry { get; init; }

    /// <summary>Slots of vector operands.</summary>
    public required int[] Lists { get; init; }

    /// <summary>Text of each instruction.</summary>
    public required PtxInstruction[] Sources { get; init; }

    /// <summary>Slots of the register file, constants included.</summary>
    public required int SlotCount { get; init; }

    /// <summary>Names of the slots that are registers.</summary>
    public required IReadOnlyDictionary<int, string> RegisterNames { get; init; }

    public required IReadOnlyList<(int Slot, ulong Bits, bool Wide)> Constants { get; init; }

    public required IReadOnlyList<(int Slot, int Register)> Specials { get; init; }

    /// <summary>Static shared memory; dynamic shared memory begins behind it.</summary>
    public required int StaticSharedBytes { get; init; }

    public required bool UsesDynamicShared { get; init; }

    /// <summary>Local memory of one thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>log2 of the bytes that one entry of the shared shadow stands for: the narrowest shared access of the kernel.</summary>
    public required int SharedGranuleShift { get; init; }

    /// <summary>Registers that products of a warpgroup add to.</summary>
    public required IReadOnlyCollection<int> Accumulators { get; init; }

    /// <summary>The order of the groups could show in the results, so groups run one after another.</summary>
    public required bool HasAtomics { get; init; }

    /// <summary>The kernel orders the memory accesses of its groups itself.</summary>
    public required bool HasFences { get; init; }

    /// <summary>Groups that are not running, ready to be used again.</summary>
    public System.Collections.Concurrent.ConcurrentBag<ThreadGroup> IdleGroups { get; } = [];
}
