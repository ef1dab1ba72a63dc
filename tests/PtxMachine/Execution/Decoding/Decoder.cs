using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Finds the decoder of an instruction. What no decoder knows is an error that quotes the line.</summary>
internal static class Decoder
{
    public static void Decode(Operands operands, ref Instruction code)
    {
        switch (operands.Source.Name)
        {
            case "mov":
                MoveDecoder.Move(operands, ref code);
                break;
            case "cvta":
                MoveDecoder.ConvertAddress(operands, ref code);
                break;
            case "cvt":
                ConversionDecoder.Decode(operands, ref code);
                break;
            case "setp":
                PredicateDecoder.Compare(operands, ref code);
                break;
            case "selp":
                PredicateDecoder.Select(operands, ref code);
                break;
            case "testp":
                PredicateDecoder.Test(operands, ref code);
                break;
            case "ld" or "ldu":
                MemoryDecoder.Load(operands, ref code);
                break;
            case "st":
                MemoryDecoder.Store(operands, ref code);
                break;
            case "atom" or "red":
                MemoryDecoder.Atomic(operands, ref code);
                break;
            case "cp":
                TensorDecoder.AsyncCopy(operands, ref code);
                break;
            case "ldmatrix":
                TensorDecoder.LoadMatrix(operands, ref code);
                break;
            case "wgmma":
                WarpgroupDecoder.Decode(operands, ref code);
                break;
            case "mbarrier" or "setmaxnreg" or "elect" or "barrier" when operands.Source.Name != "barrier" || operands.Source.Has("cluster"):
                throw operands.Source.Error("not supported by the machine");
            case "mma":
                TensorDecoder.MultiplyAccumulate(operands, ref code);
                break;
            case "ex2" or "lg2" or "rcp" or "rsqrt" or "sqrt" or "sin" or "cos" or "tanh":
                FloatDecoder.Function(operands, ref code);
                break;
            default:
                if (ControlDecoder.TryDecode(operands, ref code)) break;
                if (operands.Source.Type == PtxType.Pred) PredicateDecoder.Logic(operands, ref code);
                else if (operands.Source.Type.IsFloat()) FloatDecoder.Arithmetic(operands, ref code);
                else IntegerDecoder.Decode(operands, ref code);
                break;
        }
    }

    /// <summary>Takes a handler that a table has found, or complains that there is none.</summary>
    public static unsafe void Set(Operands operands, ref Instruction code, Handler handler)
    {
        if (handler == null) throw operands.Source.Error("unknown instruction");
        code.Run = handler;
    }
}
