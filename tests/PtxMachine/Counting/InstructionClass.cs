using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Counting;

/// <summary>Kinds of instructions that are counted apart.</summary>
public enum InstructionClass
{
    Move, Integer, Float, Double, Half, Convert, Compare, Select, Special, Branch, Barrier, Fence, Shuffle, Vote, Atomic, LoadGlobal,
        StoreGlobal,
    LoadShared, StoreShared, LoadLocal, StoreLocal, Parameter, LoadGeneric, StoreGeneric, LoadMatrix, AsyncCopy, TensorCore,
}

/// <summary>Which class an instruction belongs to.</summary>
internal static class InstructionClasses
{
    public static InstructionClass Of(PtxInstruction instruction) => instruction.Name switch
    {
        "mov" => InstructionClass.Move,
        "cvt" or "cvta" => InstructionClass.Convert,
        "setp" or "set" or "testp" => InstructionClass.Compare,
        "selp" or "slct" => InstructionClass.Select,
        "ex2" or "lg2" or "rcp" or "rsqrt" or "sqrt" or "sin" or "cos" or "tanh" => InstructionClass.Special,
        "bra" or "brx" or "ret" or "exit" or "trap" => InstructionClass.Branch,
        "bar" or "barrier" => InstructionClass.Barrier,
        "membar" or "fence" => InstructionClass.Fence,
        "shfl" => InstructionClass.Shuffle,
        "vote" or "activemask" or "match" or "redux" => InstructionClass.Vote,
        "atom" or "red" => InstructionClass.Atomic,
        "ld" or "ldu" => Load(instruction),
        "st" => Store(instruction),
        "ldmatrix" => InstructionClass.LoadMatrix,
        "cp" => InstructionClass.AsyncCopy,
        "wgmma" when !instruction.Has("mma_async") => InstructionClass.Fence,
        "mma" or "wgmma" => InstructionClass.TensorCore,
        _ => instruction.Type switch
        {
            PtxType.F32 => InstructionClass.Float,
            PtxType.F64 => InstructionClass.Double,
            PtxType.F16 or PtxType.F16X2 or PtxType.BF16 or PtxType.BF16X2 => InstructionClass.Half,
            _ => InstructionClass.Integer,
        },
    };

    private static InstructionClass Load(PtxInstruction instruction) =>
        instruction.FirstOf("global", "const", "shared", "local", "param") switch
    {
        "global" or "const" => InstructionClass.LoadGlobal,
        "shared" => InstructionClass.LoadShared,
        "local" => InstructionClass.LoadLocal,
        "param" => InstructionClass.Parameter,
        _ => InstructionClass.LoadGeneric,
    };

    private static InstructionClass Store(PtxInstruction instruction) => instruction.FirstOf("global", "shared", "local", "param") switch
    {
        "global" => InstructionClass.StoreGlobal,
        "shared" => InstructionClass.StoreShared,
        "local" => InstructionClass.StoreLocal,
        "param" => InstructionClass.Parameter,
        _ => InstructionClass.StoreGeneric,
    };
}
