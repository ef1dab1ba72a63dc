using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Instructions that make or use predicates.</summary>
internal static unsafe class PredicateDecoder
{
    public static void Compare(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        (code.D, code.E) = operands.WritePair(0, PtxType.Pred, PtxType.Pred);
        code.A = operands.Read(1, type);
        code.B = operands.Read(2, type);
        if (source.FirstOf("and", "or", "xor") is { } combination)
        {
            (code.C, bool negated) = operands.Predicate(3);
            code.Mode = combination switch
            {
                "and" => PredicateExecutors.CombineAnd,
                "or" => PredicateExecutors.CombineOr,
                _ => PredicateExecutors.CombineXor,
            };
            if (negated) code.Mode |= PredicateExecutors.Negated;
        }
        bool flush = source.Has("ftz");
        Decoder.Set(operands, ref code, source.Parts[1] switch
        {
            "eq" => Typed<IsEqual>(type, flush),
            "ne" => type.IsFloat() ? Typed<IsDifferent>(type, flush) : Typed<IsNot<IsEqual>>(type, flush),
            "lt" or "lo" => Typed<IsLess>(type, flush),
            "le" or "ls" => Typed<IsLessOrEqual>(type, flush),
            "gt" or "hi" => Typed<IsGreater>(type, flush),
            "ge" or "hs" => Typed<IsGreaterOrEqual>(type, flush),
            "equ" => Typed<IsNot<IsDifferent>>(type, flush),
            "neu" => Typed<IsNot<IsEqual>>(type, flush),
            "ltu" => Typed<IsNot<IsGreaterOrEqual>>(type, flush),
            "leu" => Typed<IsNot<IsGreater>>(type, flush),
            "gtu" => Typed<IsNot<IsLessOrEqual>>(type, flush),
            "geu" => Typed<IsNot<IsLess>>(type, flush),
            "num" => Typed<AreNumbers>(type, flush),
            "nan" => Typed<IsNot<AreNumbers>>(type, flush),
            _ => null,
        });
    }

    public static void Select(Operands operands, ref Instruction code)
    {
        PtxType type = operands.Source.Type;
        code.D = operands.Write(0, type);
        code.A = operands.Read(1, type);
        code.B = operands.Read(2, type);
        (code.C, bool negated) = operands.Predicate(3);
        code.Mode = negated ? -1 : 0;
        Decoder.Set(operands, ref code, type.Size() == 8 ? &LaneExecutors.Select<ulong> : type == PtxType.None ? null : &LaneExecutors.Select<uint>);
    }

    /// <summary>testp: what kind of number a float is.</summary>
    public static void Test(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        code.D = operands.Write(0, PtxType.Pred);
        code.A = operands.Read(1, source.Type);
        code.B = code.A;
        Decoder.Set(operands, ref code, (source.Parts[1], source.Type) switch
        {
            ("finite", PtxType.F32) => &PredicateExecutors.Compare<float, IsFinite>,
            ("finite", PtxType.F64) => &PredicateExecutors.Compare<double, IsFinite>,
            ("infinite", PtxType.F32) => &PredicateExecutors.Compare<float, IsInfinite>,
            ("infinite", PtxType.F64) => &PredicateExecutors.Compare<double, IsInfinite>,
            ("number", PtxType.F32) => &PredicateExecutors.Compare<float, AreNumbers>,
            ("number", PtxType.F64) => &PredicateExecutors.Compare<double, AreNumbers>,
            ("notanumber", PtxType.F32) => &PredicateExecutors.Compare<float, IsNot<AreNumbers>>,
            ("notanumber", PtxType.F64) => &PredicateExecutors.Compare<double, IsNot<AreNumbers>>,
            _ => null,
        });
    }

    /// <summary>and, or, xor, not of predicates.</summary>
    public static void Logic(Operands operands, ref Instruction code)
    {
        code.D = operands.Write(0, PtxType.Pred);
        code.A = operands.Read(1, PtxType.Pred);
        if (operands.Count > 2) code.B = operands.Read(2, PtxType.Pred);
        Decoder.Set(operands, ref code, operands.Source.Name switch
        {
            "and" => &PredicateExecutors.And,
            "or" => &PredicateExecutors.Or,
            "xor" => &PredicateExecutors.Xor,
            "not" => &PredicateExecutors.Not,
            _ => null,
        });
    }

    private static Handler Typed<TComparison>(PtxType type, bool flush)
        where TComparison : struct, IComparison => type switch
        {
            PtxType.S16 => &PredicateExecutors.Compare<int, SignedShortComparison<TComparison>>,
            PtxType.U16 or PtxType.B16 => &PredicateExecutors.Compare<uint, TComparison>,
            PtxType.S32 => &PredicateExecutors.Compare<int, TComparison>,
            PtxType.U32 or PtxType.B32 => &PredicateExecutors.Compare<uint, TComparison>,
            PtxType.S64 => &PredicateExecutors.Compare<long, TComparison>,
            PtxType.U64 or PtxType.B64 => &PredicateExecutors.Compare<ulong, TComparison>,
            PtxType.F16 => &PredicateExecutors.Compare<uint, HalfComparison<TComparison>>,
            PtxType.F32 => flush ? &PredicateExecutors.Compare<float, FlushedComparison<TComparison>> : &PredicateExecutors.Compare<float, TComparison>,
            PtxType.F64 => &PredicateExecutors.Compare<double, TComparison>,
            _ => null,
        };
}
