using System.Globalization;
using System.Text.RegularExpressions;
using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>wgmma: products of four warps from shared memory, and what they are fenced and waited for with.</summary>
internal static unsafe partial class WarpgroupDecoder
{
    /// <summary>Rows of the product that one warp has, and its k.</summary>
    private const int Rows = 16, Depth = 16;

    public static void Decode(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        if (!source.Has("sync") || !source.Has("aligned")) throw source.Error("unknown instruction");
        switch (source.Parts[1])
        {
            case "fence":
                code.Run = &WarpgroupExecutors.Fence;
                break;
            case "commit_group":
                code.Run = &WarpgroupExecutors.Commit;
                break;
            case "wait_group":
                code.Mode = (int)operands.Constant(0);
                code.Run = &WarpgroupExecutors.Wait;
                break;
            case "mma_async":
                Product(operands, ref code);
                break;
            default:
                throw source.Error("unknown instruction");
        }
    }

    public static bool IsProduct(PtxInstruction source) => source.Name == "wgmma" && source.Has("mma_async");

    /// <summary>FLOPs of one warp's rows.</summary>
    public static long FloatOperations(PtxInstruction source) => 2L * Rows * Columns(source) * Depth;

    private static void Product(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        int columns = Columns(source);
        List<string> accumulators = PtxText.Elements(operands.Text(0));
        if (accumulators.Count != columns / 2) throw source.Error($"the accumulator has {accumulators.Count} registers, not {columns / 2}");
        if (operands.Text(1)[0] == '{') throw source.Error("a matrix A in registers is not supported");
        code.List = operands.List(accumulators.Select(register => operands.Write(register, PtxType.F32)));
        code.ListLength = accumulators.Count;
        code.A = operands.Read(1, PtxType.U64);
        code.B = operands.Read(2, PtxType.U64);
        (code.C, bool negated) = operands.Predicate(3);
        if (negated) code.Mode |= WarpgroupExecutors.NegatedPredicate;
        if (OneOf(operands, 4, 1, -1) != OneOf(operands, 5, 1, -1)) code.Mode |= WarpgroupExecutors.Subtracted;
        if (OneOf(operands, 6, 0, 1) == 1) code.Mode |= WarpgroupExecutors.TransposedA;
        if (OneOf(operands, 7, 0, 1) == 1) code.Mode |= WarpgroupExecutors.TransposedB;
        Decoder.Set(operands, ref code, string.Join('.', source.Parts[^3..]) switch
        {
            "f32.bf16.bf16" => &WarpgroupExecutors.MultiplyAccumulate<BFloat16Element>,
            "f32.f16.f16" => &WarpgroupExecutors.MultiplyAccumulate<HalfElement>,
            _ => null,
        });
    }

    private static int Columns(PtxInstruction source)
    {
        Match shape = Shape().Match(source.Opcode);
        int columns = shape.Success ? int.Parse(shape.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return columns is >= 8 and <= 256 && columns % 8 == 0 ? columns : throw source.Error("unknown instruction");
    }

    private static long OneOf(Operands operands, int operand, long first, long second)
    {
        long value = operands.Constant(operand);
        return value == first || value == second ? value : throw operands.Source.Error($"operand {operand + 1} is neither {first} nor {second}");
    }

    [GeneratedRegex(@"\.m64n(\d+)k16\.")]
    private static partial Regex Shape();
}
