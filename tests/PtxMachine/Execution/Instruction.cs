namespace DoRA.PtxMachine.Execution;

/// <summary>
/// A decoded instruction. Operands are register-file slots: a slot holds 32 lanes of 4 bytes, a 64-bit register takes two slots, a
/// predicate keeps its 32 bits in the first word of its slot. Constants and special registers have slots as well.
/// </summary>
internal unsafe struct Instruction
{
    /// <summary>Always zero in all lanes, always initialised; stands for operands that an instruction does not have.</summary>
    public const int Zero = 0;

    /// <summary>Takes results that nobody wants.</summary>
    public const int Scratch = 2;

    public Handler Run;

    /// <summary>Destination.</summary>
    public int D;

    /// <summary>Second destination, for example the inverse predicate of `setp`.</summary>
    public int E;

    /// <summary>Sources.</summary>
    public int A, B, C;

    /// <summary>Predicate slot of the guard, or -1.</summary>
    public int Guard;

    public bool GuardNegated;

    /// <summary>A plain copy hands uninitialised lanes on instead of reading them.</summary>
    public bool IsCopy;

    /// <summary>The address register has 64 bits.</summary>
    public bool WideAddress;

    /// <summary>Narrow values are sign-extended when loaded.</summary>
    public bool SignExtend;

    /// <summary>Bytes of a destination or source register (8 or 4; 2 for 16-bit registers).</summary>
    public byte RegisterBytes;

    /// <summary>Bytes of one element in memory.</summary>
    public byte ElementBytes;

    public StateSpace Space;

    /// <summary>What else the handler needs to know: a mode, a lookup table, a count.</summary>
    public int Mode;

    /// <summary>An address offset or another constant.</summary>
    public long Immediate;

    /// <summary>Where the slots of a vector operand begin in <see cref="Program.Lists"/>, and how many there are.</summary>
    public int List, ListLength;

    /// <summary>Index into <see cref="Program.Sources"/>.</summary>
    public int Source;
}

/// <summary>Where an address points.</summary>
internal enum StateSpace : byte
{
    Generic, Global, Shared, Local, Parameter,
}
