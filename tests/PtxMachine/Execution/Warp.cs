using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution;

/// <summary>The state of one warp: its registers and where its lanes stand.</summary>
internal sealed unsafe partial class Warp
{
    public const int SlotBytes = 128;

    private readonly byte[] _storage;
    private readonly uint[] _initialisedStorage;
    private readonly Instruction* _code;

    public Warp(ThreadGroup group, int index)
    {
        (Group, Index, Program) = (group, index, group.Program);
        _storage = GC.AllocateArray<byte>(Program.SlotCount * SlotBytes + 64, pinned: true);
        _initialisedStorage = GC.AllocateArray<uint>(Program.SlotCount, pinned: true);
        File = (byte*)(((nint)Unsafe.AsPointer(ref _storage[0]) + 63) & ~63);
        Initialised = (uint*)Unsafe.AsPointer(ref _initialisedStorage[0]);
        _code = (Instruction*)Unsafe.AsPointer(ref Program.Code[0]);
        _masks = new uint[Program.Blocks.Length];
        _occupied = new ulong[(Program.Blocks.Length + 63) / 64];
        foreach ((int slot, ulong bits, bool wide) in Program.Constants)
        {
            if (wide) new Span<ulong>(Lanes<ulong>(slot), 32).Fill(bits);
            else new Span<uint>(Lanes<uint>(slot), 32).Fill((uint)bits);
        }
        Copies = new AsyncCopies(this);
        Products = Program.Accumulators.Count > 0 ? new AsyncProducts(this) : null;
    }

    public ThreadGroup Group { get; }

    public Program Program { get; }

    /// <summary>Number of the warp in its group.</summary>
    public int Index { get; }

    /// <summary>The register file, 64-byte aligned.</summary>
    public byte* File { get; }

    /// <summary>For each slot the lanes that were written.</summary>
    public uint* Initialised { get; }

    /// <summary>Lanes that are threads of the group; the last warp may have fewer than 32.</summary>
    public uint Threads { get; private set; }

    /// <summary>Lanes that have not ended.</summary>
    public uint Alive { get; private set; }

    public AsyncCopies Copies { get; }

    /// <summary>Products of the warpgroup, in a kernel that has any.</summary>
    public AsyncProducts? Products { get; }

    public MachineOptions Options => Group.Launch.Options;

    /// <summary>The lanes of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Lanes<T>(int slot)
        where T : unmanaged => (T*)(File + (nint)slot * SlotBytes);

    /// <summary>The 32 bits of a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref uint Predicate(int slot) => ref *(uint*)(File + (nint)slot * SlotBytes);

    /// <summary>Begins a group: nothing is initialised but constants and special registers.</summary>
    public void Reset()
    {
        int threads = Math.Min(32, Group.Launch.Shape.Threads - Index * 32);
        Threads = Alive = threads == 32 ? uint.MaxValue : (1u << threads) - 1;
        new Span<uint>(Initialised, Program.SlotCount).Clear();
        Initialised[Instruction.Zero] = uint.MaxValue;
        foreach ((int slot, _, _) in Program.Constants) Initialised[slot] = uint.MaxValue;
        foreach ((int slot, int register) in Program.Specials)
        {
            Initialised[slot] = uint.MaxValue;
            SpecialRegister.Fill(register, Group.Launch.Shape, Group.Index, Index, Lanes<uint>(slot));
        }
        Copies.Reset();
        Products?.Reset();
        ResetControl();
    }

    /// <summary>Reports something wrong with a lane at an instruction.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Report(FindingKind kind, Instruction* instruction, int lane, string detail = "") =>
        Group.Launch.Findings.Add(kind, Program.Sources[instruction->Source], Group.Index, Index * 32 + lane, detail);

    /// <summary>Checks that all living lanes of the warp execute an instruction that needs them all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RequireWholeWarp(Instruction* instruction, uint mask)
    {
        if (mask != Alive) Report(FindingKind.PartialWarp, instruction, (int)uint.TrailingZeroCount(mask),
            $"lanes {mask:x8} of {Alive:x8}");
    }

    /// <summary>Checks that vector operands are initialised.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RequireInitialised(Instruction* instruction, int slot, uint mask)
    {
        if ((mask & ~Initialised[slot]) != 0 && Options.Checks) ReportUninitialised(instruction, slot, mask);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReportUninitialised(Instruction* instruction, int slot, uint mask)
    {
        uint missing = mask & ~Initialised[slot];
        if (missing == 0) return;
        if (Products is { } products && products.IsUnderWay(slot))
        {
            products.CheckRead(instruction, slot, missing);
            return;
        }
        Report(FindingKind.UninitialisedRegister, instruction, (int)uint.TrailingZeroCount(missing),
            Program.RegisterNames.GetValueOrDefault(slot, "?"));
        Initialised[slot] |= missing;
    }
}
