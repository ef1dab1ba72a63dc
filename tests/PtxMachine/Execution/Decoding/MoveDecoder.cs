using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>mov, with packing and unpacking of vectors, and cvta.</summary>
internal static unsafe class MoveDecoder
{
    public static void Move(Operands operands, ref Instruction code)
    {
        PtxType type = operands.Source.Type;
        string to = operands.Text(0), from = operands.Text(1);
        if (to[0] == '{' || from[0] == '{')
        {
            PackOrUnpack(operands, ref code, type, unpack: to[0] == '{');
            return;
        }
        code.D = operands.Write(0, type);
        code.A = operands.Read(1, type);
        code.IsCopy = true;
        Decoder.Set(operands, ref code, type switch
        {
            PtxType.Pred => &PredicateExecutors.Copy,
            PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => &LaneExecutors.Unary<ulong, Copy>,
            PtxType.None => null,
            _ => &LaneExecutors.Unary<uint, Copy>,
        });
    }

    public static void ConvertAddress(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        ulong window = source.FirstOf("shared", "local", "global", "const", "param") switch
        {
            "shared" => MemoryAccess.SharedWindow,
            "local" => MemoryAccess.LocalWindow,
            _ => 0,
        };
        if (source.Type.Size() != 8) throw source.Error("generic addresses have 64 bits");
        code.D = operands.Write(0, PtxType.U64);
        code.A = operands.Read(1, PtxType.U64);
        code.B = operands.Constant64(source.Has("to") ? 0 - window : window);
        code.Run = &LaneExecutors.Binary<ulong, Add>;
    }

    private static void PackOrUnpack(Operands operands, ref Instruction code, PtxType type, bool unpack)
    {
        List<string> parts = PtxText.Elements(operands.Text(unpack ? 0 : 1));
        int bytes = type.Size() / parts.Count;
        code.ElementBytes = (byte)bytes;
        code.RegisterBytes = (byte)type.Size();
        code.ListLength = parts.Count;
        PtxType part = bytes switch
        {
            4 => PtxType.B32,
            2 => PtxType.B16,
            1 => PtxType.B8,
            _ => throw operands.Source.Error("unknown packing"),
        };
        if (unpack)
        {
            code.A = operands.Read(1, type);
            code.List = operands.List(parts.Select(text => operands.Write(text, part)));
            code.Run = &VectorMoveExecutors.Unpack;
        }
        else
        {
            code.D = operands.Write(0, type);
            code.List = operands.List(parts.Select(text => operands.Read(text, part)));
            code.Run = &VectorMoveExecutors.Pack;
        }
    }
}
