using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Integer and bit instructions.</summary>
internal static unsafe class IntegerDecoder
{
    public static void Decode(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        switch (source.Name)
        {
            case "add" or "sub" or "min" or "max" or "and" or "or" or "xor" or "div" or "rem":
                if (source.Has("sat") || source.Has("cc")) throw source.Error("unknown instruction");
                ReadOperands(operands, ref code, type, type, type);
                Decoder.Set(operands, ref code, Arithmetic(source.Name, type));
                break;
            case "mul" or "mad":
                Product(operands, ref code, type);
                break;
            case "shl" or "shr":
                ReadOperands(operands, ref code, type, type, PtxType.U32);
                Decoder.Set(operands, ref code, Shift(source.Name, type));
                break;
            case "not" or "neg" or "abs" or "cnot":
                ReadOperands(operands, ref code, type, type);
                Decoder.Set(operands, ref code, OneOperand(source.Name, type));
                break;
            case "popc" or "clz" or "brev" or "bfind":
                ReadOperands(operands, ref code, source.Name == "brev" ? type : PtxType.U32, type);
                Decoder.Set(operands, ref code, source.Has("shiftamt") ? null : BitCount(source.Name, type));
                break;
            case "bfe":
                ReadOperands(operands, ref code, type, type, PtxType.U32, PtxType.U32);
                Decoder.Set(operands, ref code, type switch
                {
                    PtxType.U32 => &ScalarExecutors.Ternary<uint, uint, uint, uint, ExtractField<uint>>,
                    PtxType.S32 => &ScalarExecutors.Ternary<int, uint, uint, int, ExtractField<int>>,
                    PtxType.U64 => &ScalarExecutors.Ternary<ulong, uint, uint, ulong, ExtractField<ulong>>,
                    PtxType.S64 => &ScalarExecutors.Ternary<long, uint, uint, long, ExtractField<long>>,
                    _ => null,
                });
                break;
            case "bfi":
                ReadOperands(operands, ref code, type, type, type, PtxType.U32);
                code.List = operands.List([operands.Read(4, PtxType.U32)]);
                Decoder.Set(operands, ref code, type switch
                {
                    PtxType.B32 => &IntegerExecutors.InsertField<uint>,
                    PtxType.B64 => &IntegerExecutors.InsertField<ulong>,
                    _ => null,
                });
                break;
            case "shf" or "prmt" or "sad" or "fns":
                ReadOperands(operands, ref code, type, type, type, source.Name == "fns" ? PtxType.S32 : source.Name == "sad" ? type : PtxType.U32);
                Decoder.Set(operands, ref code, ThreeOperands(source, type));
                break;
            case "lop3":
                ReadOperands(operands, ref code, type, type, type, type);
                code.Mode = (int)operands.Constant(4);
                Decoder.Set(operands, ref code, type == PtxType.B32 && operands.Count == 5 ? &IntegerExecutors.LogicTable : null);
                break;
            default:
                throw source.Error("unknown instruction");
        }
    }

    /// <summary>Destination, then one to three sources.</summary>
    public static void ReadOperands(Operands operands, ref Instruction code, PtxType d, PtxType a, PtxType b = PtxType.None, PtxType c = PtxType.None)
    {
        code.D = operands.Write(0, d);
        code.A = operands.Read(1, a);
        if (b != PtxType.None) code.B = operands.Read(2, b);
        if (c != PtxType.None) code.C = operands.Read(3, c);
    }

    private static Handler Arithmetic(string name, PtxType type) => name switch
    {
        "add" => Binary<Add>(type),
        "sub" => Binary<Subtract>(type),
        "min" => Binary<Minimum>(type),
        "max" => Binary<Maximum>(type),
        "and" => Binary<And>(type),
        "or" => Binary<Or>(type),
        "xor" => Binary<Xor>(type),
        "div" => type switch
        {
            PtxType.S16 => &ScalarExecutors.Binary<short, short, short, Quotient<short>>,
            PtxType.U16 => &ScalarExecutors.Binary<ushort, ushort, ushort, Quotient<ushort>>,
            PtxType.S32 => &ScalarExecutors.Binary<int, int, int, Quotient<int>>,
            PtxType.U32 => &ScalarExecutors.Binary<uint, uint, uint, Quotient<uint>>,
            PtxType.S64 => &ScalarExecutors.Binary<long, long, long, Quotient<long>>,
            PtxType.U64 => &ScalarExecutors.Binary<ulong, ulong, ulong, Quotient<ulong>>,
            _ => null,
        },
        _ => type switch
        {
            PtxType.S16 => &ScalarExecutors.Binary<short, short, short, Remainder<short>>,
            PtxType.U16 => &ScalarExecutors.Binary<ushort, ushort, ushort, Remainder<ushort>>,
            PtxType.S32 => &ScalarExecutors.Binary<int, int, int, Remainder<int>>,
            PtxType.U32 => &ScalarExecutors.Binary<uint, uint, uint, Remainder<uint>>,
            PtxType.S64 => &ScalarExecutors.Binary<long, long, long, Remainder<long>>,
            PtxType.U64 => &ScalarExecutors.Binary<ulong, ulong, ulong, Remainder<ulong>>,
            _ => null,
        },
    };

    private static Handler Binary<TOperation>(PtxType type)
        where TOperation : struct, IBinary => type switch
        {
            PtxType.S16 => &LaneExecutors.Binary<int, SignedShortBinary<TOperation>>,
            PtxType.U16 or PtxType.B16 => &LaneExecutors.Binary<uint, ShortBinary<TOperation>>,
            PtxType.S32 => &LaneExecutors.Binary<int, TOperation>,
            PtxType.U32 or PtxType.B32 => &LaneExecutors.Binary<uint, TOperation>,
            PtxType.S64 => &LaneExecutors.Binary<long, TOperation>,
            PtxType.U64 or PtxType.B64 => &LaneExecutors.Binary<ulong, TOperation>,
            _ => null,
        };

    private static Handler OneOperand(string name, PtxType type) => name switch
    {
        "not" => Unary<Not>(type),
        "neg" => Unary<Negate>(type),
        "abs" => Unary<Absolute>(type),
        _ => Unary<IsZero>(type),
    };

    private static Handler Unary<TOperation>(PtxType type)
        where TOperation : struct, IUnary => type switch
        {
            PtxType.S16 => &LaneExecutors.Unary<int, SignedShortUnary<TOperation>>,
            PtxType.U16 or PtxType.B16 => &LaneExecutors.Unary<uint, ShortUnary<TOperation>>,
            PtxType.S32 => &LaneExecutors.Unary<int, TOperation>,
            PtxType.U32 or PtxType.B32 => &LaneExecutors.Unary<uint, TOperation>,
            PtxType.S64 => &LaneExecutors.Unary<long, TOperation>,
            PtxType.U64 or PtxType.B64 => &LaneExecutors.Unary<ulong, TOperation>,
            _ => null,
        };

    private static void Product(Operands operands, ref Instruction code, PtxType type)
    {
        PtxInstruction source = operands.Source;
        bool add = source.Name == "mad";
        string kind = source.FirstOf("wide", "lo", "hi") ?? throw source.Error("neither .lo nor .hi nor .wide");
        PtxType result = kind != "wide" ? type : type switch
        {
            PtxType.S16 => PtxType.S32,
            PtxType.U16 => PtxType.U32,
            PtxType.S32 => PtxType.S64,
            _ => PtxType.U64,
        };
        ReadOperands(operands, ref code, result, type, type, add ? result : PtxType.None);
        Decoder.Set(operands, ref code, (kind, type) switch
        {
            ("lo", PtxType.S16 or PtxType.U16) => add ? &LaneExecutors.Ternary<int, ShortTernary<MultiplyAdd>> : &LaneExecutors.Binary<int, ShortBinary<Multiply>>,
            ("lo", PtxType.S32 or PtxType.U32) => add ? &LaneExecutors.Ternary<int, MultiplyAdd> : &LaneExecutors.Binary<int, Multiply>,
            ("lo", PtxType.S64 or PtxType.U64) => add ? &LaneExecutors.Ternary<long, MultiplyAdd> : &LaneExecutors.Binary<long, Multiply>,
            ("wide", PtxType.S32) => &IntegerExecutors.WideProductAdd<int, long>,
            ("wide", PtxType.U32) => &IntegerExecutors.WideProductAdd<uint, ulong>,
            ("wide", PtxType.S16) => &ScalarExecutors.Ternary<short, short, int, int, WideProductAdd<short, int>>,
            ("wide", PtxType.U16) => &ScalarExecutors.Ternary<ushort, ushort, uint, uint, WideProductAdd<ushort, uint>>,
            ("hi", PtxType.S32) => &ScalarExecutors.Ternary<int, int, int, int, HighProductAdd<int>>,
            ("hi", PtxType.U32) => &ScalarExecutors.Ternary<uint, uint, uint, uint, HighProductAdd<uint>>,
            ("hi", PtxType.S64) => &ScalarExecutors.Ternary<long, long, long, long, HighProductAdd<long>>,
            ("hi", PtxType.U64) => &ScalarExecutors.Ternary<ulong, ulong, ulong, ulong, HighProductAdd<ulong>>,
            _ => null,
        });
    }

    private static Handler Shift(string name, PtxType type) => (name, type) switch
    {
        ("shl", PtxType.B16) => &ScalarExecutors.Binary<ushort, uint, ushort, ShiftLeft<ushort>>,
        ("shl", PtxType.B32) => &IntegerExecutors.ShiftLeft32,
        ("shl", PtxType.B64) => &ScalarExecutors.Binary<ulong, uint, ulong, ShiftLeft<ulong>>,
        ("shr", PtxType.B16 or PtxType.U16) => &ScalarExecutors.Binary<ushort, uint, ushort, ShiftRight<ushort>>,
        ("shr", PtxType.S16) => &ScalarExecutors.Binary<short, uint, short, ShiftRight<short>>,
        ("shr", PtxType.B32 or PtxType.U32) => &IntegerExecutors.ShiftRight32,
        ("shr", PtxType.S32) => &IntegerExecutors.ShiftRightSigned32,
        ("shr", PtxType.B64 or PtxType.U64) => &ScalarExecutors.Binary<ulong, uint, ulong, ShiftRight<ulong>>,
        ("shr", PtxType.S64) => &ScalarExecutors.Binary<long, uint, long, ShiftRight<long>>,
        _ => null,
    };

    private static Handler BitCount(string name, PtxType type) => (name, type) switch
    {
        ("popc", PtxType.B32) => &ScalarExecutors.Unary<uint, uint, PopulationCount<uint>>,
        ("popc", PtxType.B64) => &ScalarExecutors.Unary<ulong, uint, PopulationCount<ulong>>,
        ("clz", PtxType.B32) => &ScalarExecutors.Unary<uint, uint, LeadingZeros<uint>>,
        ("clz", PtxType.B64) => &ScalarExecutors.Unary<ulong, uint, LeadingZeros<ulong>>,
        ("brev", PtxType.B32) => &ScalarExecutors.Unary<uint, uint, ReverseBits<uint>>,
        ("brev", PtxType.B64) => &ScalarExecutors.Unary<ulong, ulong, ReverseBits<ulong>>,
        ("bfind", PtxType.U32) => &ScalarExecutors.Unary<uint, uint, FindHighest<uint>>,
        ("bfind", PtxType.S32) => &ScalarExecutors.Unary<int, uint, FindHighest<int>>,
        ("bfind", PtxType.U64) => &ScalarExecutors.Unary<ulong, uint, FindHighest<ulong>>,
        ("bfind", PtxType.S64) => &ScalarExecutors.Unary<long, uint, FindHighest<long>>,
        _ => null,
    };

    private static Handler ThreeOperands(PtxInstruction source, PtxType type) => (source.Name, type) switch
    {
        ("shf", PtxType.B32) => (source.Has("l"), source.Has("wrap")) switch
        {
            (true, true) => &ScalarExecutors.Ternary<uint, uint, uint, uint, FunnelLeftWrap>,
            (true, false) => &ScalarExecutors.Ternary<uint, uint, uint, uint, FunnelLeftClamp>,
            (false, true) => &ScalarExecutors.Ternary<uint, uint, uint, uint, FunnelRightWrap>,
            _ => &ScalarExecutors.Ternary<uint, uint, uint, uint, FunnelRightClamp>,
        },
        ("prmt", PtxType.B32) when source.Parts.Length == 2 => &ScalarExecutors.Ternary<uint, uint, uint, uint, PermuteBytes>,
        ("fns", PtxType.B32) => &ScalarExecutors.Ternary<uint, uint, int, uint, FindSet>,
        ("sad", PtxType.S32) => &ScalarExecutors.Ternary<int, int, int, int, AbsoluteDifference<int>>,
        ("sad", PtxType.U32) => &ScalarExecutors.Ternary<uint, uint, uint, uint, AbsoluteDifference<uint>>,
        _ => null,
    };
}
