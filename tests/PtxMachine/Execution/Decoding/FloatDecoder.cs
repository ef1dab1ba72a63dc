using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Float arithmetic and functions. Results are rounded to nearest: other rounding modes are unknown instructions.</summary>
internal static unsafe class FloatDecoder
{
    public static void Arithmetic(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        if (source.FirstOf("rz", "rm", "rp") is { } rounding) throw source.Error($"unknown instruction: rounding .{rounding}");
        bool ternary = source.Name is "fma" or "mad", unary = source.Name is "neg" or "abs";
        IntegerDecoder.ReadOperands(operands, ref code, type, type, unary ? PtxType.None : type, ternary ? type : PtxType.None);
        if (type is PtxType.F16 or PtxType.F16X2 or PtxType.BF16 or PtxType.BF16X2)
        {
            code.Mode = type is PtxType.F16X2 or PtxType.BF16X2 ? 1 : 0;
            bool plain = source.Parts.All(part => part is not ("sat" or "relu" or "xorsign"));
            Decoder.Set(operands, ref code, !plain ? null
                : type is PtxType.F16 or PtxType.F16X2 ? Packed<HalfFormat>(source) : Packed<BFloat16Format>(source));
            return;
        }
        if (source.Name == "div" && source.FirstOf("approx", "full") is not null)
        {
            code.Mode = source.Has("ftz") ? ApproximationExecutors.FlushToZero : 0;
            Decoder.Set(operands, ref code, type == PtxType.F32 ? &ApproximationExecutors.Divide : null);
            return;
        }
        bool nan = source.Has("NaN");
        Decoder.Set(operands, ref code, source.Name switch
        {
            "add" => Binary<Add>(source),
            "sub" => Binary<Subtract>(source),
            "mul" => Binary<Multiply>(source),
            "div" => Binary<Divide>(source),
            "min" => nan ? Binary<MinimumOrNaN>(source) : Binary<Minimum>(source),
            "max" => nan ? Binary<MaximumOrNaN>(source) : Binary<Maximum>(source),
            "copysign" => Binary<CopySign>(source),
            "neg" => Unary<Negate>(source),
            "abs" => Unary<Absolute>(source),
            "fma" or "mad" => Ternary<MultiplyAdd>(source),
            _ => null,
        });
    }

    /// <summary>Functions of one operand: exact ones (`.rn`) and those that cards approximate.</summary>
    public static void Function(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        IntegerDecoder.ReadOperands(operands, ref code, type, type);
        bool half = type is PtxType.F16 or PtxType.F16X2;
        if (half || type is PtxType.BF16 or PtxType.BF16X2)
        {
            code.Mode = type is PtxType.F16X2 or PtxType.BF16X2 ? 1 : 0;
            Decoder.Set(operands, ref code, source.Name switch
            {
                "ex2" => half ? &ApproximationExecutors.Packed<HalfFormat, PowerOfTwo> : &ApproximationExecutors.Packed<BFloat16Format, PowerOfTwo>,
                "tanh" => half ? &ApproximationExecutors.Packed<HalfFormat, HyperbolicTangent>
                    : &ApproximationExecutors.Packed<BFloat16Format, HyperbolicTangent>,
                _ => null,
            });
            return;
        }
        if (!source.Has("approx"))
        {
            Decoder.Set(operands, ref code, !source.Has("rn") ? null : source.Name switch
            {
                "sqrt" => Unary<SquareRoot>(source),
                "rcp" => Unary<Reciprocal>(source),
                _ => null,
            });
            return;
        }
        code.Mode = source.Has("ftz") ? ApproximationExecutors.FlushToZero : 0;
        Decoder.Set(operands, ref code, source.Name switch
        {
            "ex2" => Approximate<PowerOfTwo>(type),
            "lg2" => Approximate<LogarithmOfTwo>(type),
            "rcp" => Approximate<ApproximateReciprocal>(type),
            "rsqrt" => Approximate<ReciprocalSquareRoot>(type),
            "sqrt" => Approximate<ApproximateSquareRoot>(type),
            "sin" => Approximate<Sine>(type),
            "cos" => Approximate<Cosine>(type),
            _ => Approximate<HyperbolicTangent>(type),
        });
    }

    private static Handler Approximate<TFunction>(PtxType type)
        where TFunction : struct, IApproximation => type switch
        {
            PtxType.F32 => &ApproximationExecutors.Single<TFunction>,
            PtxType.F64 => &ApproximationExecutors.Double<TFunction>,
            _ => null,
        };

    private static Handler Unary<TOperation>(PtxInstruction source)
        where TOperation : struct, IUnary => (source.Type, source.Has("ftz"), source.Has("sat")) switch
        {
            (PtxType.F64, false, false) => &LaneExecutors.Unary<double, TOperation>,
            (PtxType.F32, false, false) => &LaneExecutors.Unary<float, TOperation>,
            (PtxType.F32, true, false) => &LaneExecutors.Unary<float, FlushedUnary<TOperation>>,
            (PtxType.F32, false, true) => &LaneExecutors.Unary<float, SaturatedUnary<TOperation>>,
            (PtxType.F32, true, true) => &LaneExecutors.Unary<float, SaturatedUnary<FlushedUnary<TOperation>>>,
            _ => null,
        };

    private static Handler Binary<TOperation>(PtxInstruction source)
        where TOperation : struct, IBinary => (source.Type, source.Has("ftz"), source.Has("sat")) switch
        {
            (PtxType.F64, false, false) => &LaneExecutors.Binary<double, TOperation>,
            (PtxType.F32, false, false) => &LaneExecutors.Binary<float, TOperation>,
            (PtxType.F32, true, false) => &LaneExecutors.Binary<float, FlushedBinary<TOperation>>,
            (PtxType.F32, false, true) => &LaneExecutors.Binary<float, SaturatedBinary<TOperation>>,
            (PtxType.F32, true, true) => &LaneExecutors.Binary<float, SaturatedBinary<FlushedBinary<TOperation>>>,
            _ => null,
        };

    private static Handler Ternary<TOperation>(PtxInstruction source)
        where TOperation : struct, ITernary => (source.Type, source.Has("ftz"), source.Has("sat")) switch
        {
            (PtxType.F64, false, false) => &LaneExecutors.Ternary<double, TOperation>,
            (PtxType.F32, false, false) => &LaneExecutors.Ternary<float, TOperation>,
            (PtxType.F32, true, false) => &LaneExecutors.Ternary<float, FlushedTernary<TOperation>>,
            (PtxType.F32, false, true) => &LaneExecutors.Ternary<float, SaturatedTernary<TOperation>>,
            (PtxType.F32, true, true) => &LaneExecutors.Ternary<float, SaturatedTernary<FlushedTernary<TOperation>>>,
            _ => null,
        };

    // 16-bit subnormals are kept by single precision; `.ftz` on them is not known to be used and is refused.
    private static Handler Packed<TFormat>(PtxInstruction source)
        where TFormat : struct, IPackedFormat
    {
        if (source.Has("ftz")) return null;
        bool nan = source.Has("NaN");
        return source.Name switch
        {
            "add" => &PackedExecutors.Binary<TFormat, Add>,
            "sub" => &PackedExecutors.Binary<TFormat, Subtract>,
            "mul" => &PackedExecutors.Binary<TFormat, Multiply>,
            "min" => nan ? &PackedExecutors.Binary<TFormat, MinimumOrNaN> : &PackedExecutors.Binary<TFormat, Minimum>,
            "max" => nan ? &PackedExecutors.Binary<TFormat, MaximumOrNaN> : &PackedExecutors.Binary<TFormat, Maximum>,
            "neg" => &PackedExecutors.Unary<TFormat, Negate>,
            "abs" => &PackedExecutors.Unary<TFormat, Absolute>,
            "fma" => &PackedExecutors.MultiplyAdd<TFormat>,
            _ => null,
        };
    }
}
