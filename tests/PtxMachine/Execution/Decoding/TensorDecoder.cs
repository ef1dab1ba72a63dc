using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Tensor-core products, matrix loads and asynchronous copies.</summary>
internal static unsafe class TensorDecoder
{
    public static void MultiplyAccumulate(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        string shape = source.Parts.FirstOrDefault(part => part.StartsWith('m') && part.Contains('n', StringComparison.Ordinal), "");
        string types = string.Join('.', source.Parts.AsSpan(Math.Max(source.Parts.Length - 4, 0)));
        Handler handler = Product(shape, types);
        int blocks = shape == "m16n8k16" || (types.StartsWith("f32.tf32", StringComparison.Ordinal) && shape == "m16n8k8") ? 2 : 1;
        if (!source.Has("sync") || !source.Has("row") || !source.Has("col")) handler = null;
        List<int> slots = [];
        int[] lengths = [4, 2 * blocks, blocks, 4];
        for (int operand = 0; operand < 4 && handler != null; operand++)
        {
            List<string> elements = PtxText.Elements(operands.Text(operand));
            if (elements.Count != lengths[operand]) throw source.Error(
                $"operand {operand + 1} has {elements.Count} registers, not {lengths[operand]}");
            PtxType type = operand is 0 or 3 ? PtxType.F32 : PtxType.B32;
            slots.AddRange(elements.Select(element => operand == 0 ? operands.Write(element, type) : operands.Read(element, type)));
        }
        code.List = operands.List(slots);
        code.Mode = blocks;
        Decoder.Set(operands, ref code, handler);
    }

    public static void LoadMatrix(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        List<string> registers = PtxText.Elements(operands.Text(0));
        string count = source.FirstOf("x1", "x2", "x4") ?? throw source.Error("unknown instruction");
        if (!source.Has("m8n8") || source.Type != PtxType.B16
            || registers.Count != count[1] - '0') throw source.Error("unknown instruction");
        code.List = operands.List(registers.Select(register => operands.Write(register, PtxType.B32)));
        code.ListLength = registers.Count;
        code.Mode = source.Has("trans") ? 1 : 0;
        code.Space = StateSpace.Shared;
        (code.A, code.WideAddress, code.Immediate) = operands.Address(1);
        code.Run = &MatrixExecutors.LoadMatrix;
    }

    public static void AsyncCopy(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        if (source.Has("bulk") || source.Has("mbarrier")) throw source.Error("not supported by the machine");
        if (!source.Has("async")) throw source.Error("unknown instruction");
        if (source.Has("commit_group"))
        {
            code.Run = &AsyncCopyExecutors.Commit;
        }
        else if (source.Has("wait_group"))
        {
            code.Mode = (int)operands.Constant(0);
            code.Run = &AsyncCopyExecutors.Wait;
        }
        else if (source.Has("wait_all"))
        {
            code.Run = &AsyncCopyExecutors.WaitAll;
        }
        else
        {
            (code.A, code.WideAddress, code.Immediate) = operands.Address(0);
            (code.B, bool wide, long offset) = operands.Address(1);
            long bytes = operands.Constant(2);
            if (!wide || bytes is not (4 or 8 or 16) || (source.Has("cg") && bytes != 16)) throw source.Error("unknown instruction");
            code.ElementBytes = (byte)bytes;
            code.ListLength = checked((int)offset);
            code.Space = StateSpace.Shared;
            if (operands.Count > 3)
            {
                code.C = operands.Read(3, PtxType.U32);
                code.Mode = 1;
            }
            code.Run = &AsyncCopyExecutors.Copy;
        }
    }

    /// <summary>FLOPs of one mma of a warp: a multiplication and an addition for each element of the m x n x k box.</summary>
    public static long FloatOperations(PtxInstruction source) =>
        source.Parts.FirstOrDefault(part => part.StartsWith('m') && part.Contains('n', StringComparison.Ordinal)) switch
    {
        "m16n8k16" => 2 * 16 * 8 * 16,
        "m16n8k8" => 2 * 16 * 8 * 8,
        "m16n8k4" => 2 * 16 * 8 * 4,
        _ => 0,
    };

    private static Handler Product(string shape, string types) => (shape, types) switch
    {
        ("m16n8k16" or "m16n8k8", "f32.bf16.bf16.f32") => &TensorCoreExecutors.MultiplyAccumulate<BFloat16Element>,
        ("m16n8k16" or "m16n8k8", "f32.f16.f16.f32") => &TensorCoreExecutors.MultiplyAccumulate<HalfElement>,
        ("m16n8k8" or "m16n8k4", "f32.tf32.tf32.f32") => &TensorCoreExecutors.MultiplyAccumulate<TensorFloatElement>,
        _ => null,
    };
}
