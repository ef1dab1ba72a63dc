using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Barriers, fences and instructions of the whole warp.</summary>
internal static unsafe class ControlDecoder
{
    /// <summary>bar.sync, bar.arrive and bar.red; barrier number in A, number of threads (or zero) in B, voted predicate in C.</summary>
    public static void Barrier(Operands operands, FlatInstruction flat)
    {
        PtxInstruction source = operands.Source;
        ref Instruction code = ref flat.Code;
        flat.End = BlockEnd.Barrier;
        if (source.Has("red"))
        {
            bool count = source.Has("popc");
            code.D = operands.Write(0, count ? PtxType.U32 : PtxType.Pred);
            (code.C, bool negated) = operands.Predicate(operands.Count - 1);
            code.Mode = negated ? 1 : 0;
            flat.Barrier = count ? BarrierOperation.CountTrue : source.Has("and") ? BarrierOperation.AllTrue : BarrierOperation.AnyTrue;
            code.A = operands.Read(1, PtxType.U32);
            if (operands.Count > 3) code.B = operands.Read(2, PtxType.U32);
            return;
        }
        if (source.FirstOf("sync", "arrive") is not { } kind) throw source.Error("unknown instruction");
        flat.Barrier = kind == "arrive" ? BarrierOperation.Arrive : BarrierOperation.Synchronise;
        code.A = operands.Read(0, PtxType.U32);
        if (operands.Count > 1) code.B = operands.Read(1, PtxType.U32);
    }

    public static bool TryDecode(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        switch (source.Name)
        {
            case "bar" or "barrier":
                code.A = operands.Read(0, PtxType.U32);
                code.Run = &WarpExecutors.Synchronise;
                return true;
            case "shfl":
                Shuffle(operands, ref code);
                return true;
            case "vote":
                Vote(operands, ref code);
                return true;
            case "activemask":
                code.D = operands.Write(0, PtxType.B32);
                code.Run = &WarpExecutors.ActiveMask;
                return true;
            case "match" when source.Has("any") && source.Type == PtxType.B32:
                code.D = operands.Write(0, PtxType.B32);
                code.A = operands.Read(1, PtxType.B32);
                code.B = operands.Read(2, PtxType.B32);
                code.Run = &WarpExecutors.MatchAny;
                return true;
            case "redux":
                Reduce(operands, ref code);
                return true;
            case "trap":
                code.Run = &WarpExecutors.Trap;
                return true;
            case "membar" or "nanosleep" or "prefetch":
            case "fence" when !source.Has("proxy"):
            case "fence" when source.Has("async") && source.Has("global"):
                code.Run = &WarpExecutors.Nothing;
                return true;
            case "fence" when source.Has("async"):
                code.Run = &WarpgroupExecutors.FenceProxy;
                return true;
            default:
                return false;
        }
    }

    private static void Shuffle(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        (code.D, code.E) = operands.WritePair(0, PtxType.B32, PtxType.Pred);
        code.A = operands.Read(1, PtxType.B32);
        code.B = operands.Read(2, PtxType.B32);
        code.C = operands.Read(3, PtxType.B32);
        code.List = operands.List([source.Has("sync") ? operands.Read(4, PtxType.B32) : operands.Constant32(uint.MaxValue)]);
        code.Mode = source.FirstOf("up", "down", "bfly", "idx") switch
        {
            "up" => WarpExecutors.Up,
            "down" => WarpExecutors.Down,
            "bfly" => WarpExecutors.Butterfly,
            "idx" => WarpExecutors.Index,
            _ => throw source.Error("unknown instruction"),
        };
        code.Run = &WarpExecutors.Shuffle;
    }

    private static void Vote(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        int kind = source.FirstOf("all", "any", "uni", "ballot") switch
        {
            "all" => WarpExecutors.All,
            "any" => WarpExecutors.Any,
            "uni" => WarpExecutors.Uniform,
            "ballot" => WarpExecutors.Ballot,
            _ => throw source.Error("unknown instruction"),
        };
        code.Mode = kind;
        code.D = operands.Write(0, kind == WarpExecutors.Ballot ? PtxType.B32 : PtxType.Pred);
        (code.A, bool negated) = operands.Predicate(1);
        if (negated) code.Mode |= WarpExecutors.Negated;
        code.B = source.Has("sync") ? operands.Read(2, PtxType.B32) : operands.Constant32(uint.MaxValue);
        code.Run = &WarpExecutors.Vote;
    }

    private static void Reduce(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        code.D = operands.Write(0, source.Type);
        code.A = operands.Read(1, source.Type);
        code.B = operands.Read(2, PtxType.B32);
        Decoder.Set(operands, ref code, (source.FirstOf("add", "min", "max", "and", "or", "xor"), source.Type) switch
        {
            ("add", PtxType.S32 or PtxType.U32) => &WarpExecutors.Reduce<uint, Atomic<uint>.Add>,
            ("min", PtxType.S32) => &WarpExecutors.Reduce<int, Atomic<int>.Minimum>,
            ("max", PtxType.S32) => &WarpExecutors.Reduce<int, Atomic<int>.Maximum>,
            ("min", PtxType.U32) => &WarpExecutors.Reduce<uint, Atomic<uint>.Minimum>,
            ("max", PtxType.U32) => &WarpExecutors.Reduce<uint, Atomic<uint>.Maximum>,
            ("and", PtxType.B32) => &WarpExecutors.Reduce<uint, AtomicBits<uint>.And>,
            ("or", PtxType.B32) => &WarpExecutors.Reduce<uint, AtomicBits<uint>.Or>,
            ("xor", PtxType.B32) => &WarpExecutors.Reduce<uint, AtomicBits<uint>.Xor>,
            _ => null,
        });
    }
}
