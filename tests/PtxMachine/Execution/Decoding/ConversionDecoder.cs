using System.Numerics;
using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>cvt between integers and floats.</summary>
internal static unsafe class ConversionDecoder
{
    public static void Decode(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType from = source.Type, to = PtxTypes.Parse(source.Parts[^2]);
        if (to is PtxType.BF16X2 or PtxType.F16X2 && from == PtxType.F32)
        {
            IntegerDecoder.ReadOperands(operands, ref code, to, from, from);
            code.Mode = source.Has("relu") ? 1 : 0;
            Decoder.Set(operands, ref code, !source.Has("rn") ? null
                : to == PtxType.F16X2 ? &PackedExecutors.Pack<HalfFormat> : &PackedExecutors.Pack<BFloat16Format>);
            return;
        }
        (code.D, int bytes) = operands.AnyRegister(operands.Text(0));
        code.RegisterBytes = (byte)bytes;
        if (bytes < to.Size()) throw source.Error("the destination register is too narrow");
        (code.A, int sourceBytes) = ReadSource(operands, from);
        code.ElementBytes = (byte)sourceBytes;
        if (source.Has("sat")) code.Mode |= ConversionExecutors.SaturateResult;
        if (source.Has("ftz")) code.Mode |= ConversionExecutors.FlushToZero;
        bool wider = bytes != to.Size() && (to.IsFloat() || bytes == 8);
        Decoder.Set(operands, ref code, wider && to.IsFloat() ? null : (from.IsFloat(), to.IsFloat()) switch
        {
            (false, false) => FromInteger(from, to, bytes, sourceBytes, source.Has("sat")),
            (false, true) => source.Has("rn") && !source.Has("sat") ? ToFloat(from, to) : null,
            (true, false) => FromFloat(source, from, to),
            (true, true) => source.Has("sat") ? null : BetweenFloats(source, from, to, ref code),
        });
    }

    // A narrow type may be read from a wider register.
    private static (int Slot, int Bytes) ReadSource(Operands operands, PtxType from)
    {
        string text = operands.Text(1);
        bool isRegister = text[0] == '%' && SpecialRegister.Find(text) < 0;
        if (!isRegister || from.IsFloat()) return (operands.Read(text, from), from.Size());
        (int slot, int bytes) = operands.AnyRegister(text);
        if (bytes < from.Size()) throw operands.Source.Error("the source register is too narrow");
        return (slot, bytes);
    }

    private static Handler FromInteger(PtxType from, PtxType to, int bytes, int sourceBytes, bool saturate)
    {
        bool plain = !saturate && sourceBytes == from.Size() && bytes == to.Size();
        if (plain && from == PtxType.S32 && to.Size() == 8) return &IntegerExecutors.Extend<int, long>;
        if (plain && from == PtxType.U32 && to.Size() == 8) return &IntegerExecutors.Extend<uint, ulong>;
        if (plain && from.Size() == 8 && to.Size() == 4) return &IntegerExecutors.Truncate;
        return from switch
        {
            PtxType.S8 => IntegerTo<sbyte>(to),
            PtxType.U8 or PtxType.B8 => IntegerTo<byte>(to),
            PtxType.S16 => IntegerTo<short>(to),
            PtxType.U16 or PtxType.B16 => IntegerTo<ushort>(to),
            PtxType.S32 => IntegerTo<int>(to),
            PtxType.U32 or PtxType.B32 => IntegerTo<uint>(to),
            PtxType.S64 => IntegerTo<long>(to),
            PtxType.U64 or PtxType.B64 => IntegerTo<ulong>(to),
            _ => null,
        };
    }

    private static Handler IntegerTo<TFrom>(PtxType to)
        where TFrom : unmanaged, IBinaryInteger<TFrom> => to switch
        {
            PtxType.S8 => &ConversionExecutors.IntegerToInteger<TFrom, sbyte>,
            PtxType.U8 or PtxType.B8 => &ConversionExecutors.IntegerToInteger<TFrom, byte>,
            PtxType.S16 => &ConversionExecutors.IntegerToInteger<TFrom, short>,
            PtxType.U16 or PtxType.B16 => &ConversionExecutors.IntegerToInteger<TFrom, ushort>,
            PtxType.S32 => &ConversionExecutors.IntegerToInteger<TFrom, int>,
            PtxType.U32 or PtxType.B32 => &ConversionExecutors.IntegerToInteger<TFrom, uint>,
            PtxType.S64 => &ConversionExecutors.IntegerToInteger<TFrom, long>,
            PtxType.U64 or PtxType.B64 => &ConversionExecutors.IntegerToInteger<TFrom, ulong>,
            _ => null,
        };

    private static Handler ToFloat(PtxType from, PtxType to) => (from, to) switch
    {
        (PtxType.S32, PtxType.F32) => &ConversionExecutors.IntegerToSingle,
        (_, PtxType.F16) => ToFloat<Half>(from),
        (_, PtxType.F32) => ToFloat<float>(from),
        (_, PtxType.F64) => ToFloat<double>(from),
        _ => null,
    };

    private static Handler ToFloat<TTo>(PtxType from)
        where TTo : unmanaged, IFloatingPoint<TTo> => from switch
        {
            PtxType.S8 => &ConversionExecutors.IntegerToFloat<sbyte, TTo>,
            PtxType.U8 => &ConversionExecutors.IntegerToFloat<byte, TTo>,
            PtxType.S16 => &ConversionExecutors.IntegerToFloat<short, TTo>,
            PtxType.U16 => &ConversionExecutors.IntegerToFloat<ushort, TTo>,
            PtxType.S32 => &ConversionExecutors.IntegerToFloat<int, TTo>,
            PtxType.U32 => &ConversionExecutors.IntegerToFloat<uint, TTo>,
            PtxType.S64 => &ConversionExecutors.IntegerToFloat<long, TTo>,
            PtxType.U64 => &ConversionExecutors.IntegerToFloat<ulong, TTo>,
            _ => null,
        };

    private static Handler FromFloat(PtxInstruction source, PtxType from, PtxType to) => from switch
    {
        PtxType.F16 => Rounded<Half>(source, to),
        PtxType.F32 => Rounded<float>(source, to),
        PtxType.F64 => Rounded<double>(source, to),
        _ => null,
    };

    private static Handler Rounded<TFrom>(PtxInstruction source, PtxType to)
        where TFrom : unmanaged, IFloatingPoint<TFrom> => source.FirstOf("rni", "rzi", "rmi", "rpi") switch
        {
            "rni" => ToInteger<TFrom, ToNearestEven>(to),
            "rzi" => ToInteger<TFrom, TowardZero>(to),
            "rmi" => ToInteger<TFrom, Downward>(to),
            "rpi" => ToInteger<TFrom, Upward>(to),
            _ => null,
        };

    private static Handler ToInteger<TFrom, TRounding>(PtxType to)
        where TFrom : unmanaged, IFloatingPoint<TFrom>
        where TRounding : struct, IRounding => to switch
        {
            PtxType.S8 => &ConversionExecutors.FloatToInteger<TFrom, sbyte, TRounding>,
            PtxType.U8 => &ConversionExecutors.FloatToInteger<TFrom, byte, TRounding>,
            PtxType.S16 => &ConversionExecutors.FloatToInteger<TFrom, short, TRounding>,
            PtxType.U16 => &ConversionExecutors.FloatToInteger<TFrom, ushort, TRounding>,
            PtxType.S32 => &ConversionExecutors.FloatToInteger<TFrom, int, TRounding>,
            PtxType.U32 => &ConversionExecutors.FloatToInteger<TFrom, uint, TRounding>,
            PtxType.S64 => &ConversionExecutors.FloatToInteger<TFrom, long, TRounding>,
            PtxType.U64 => &ConversionExecutors.FloatToInteger<TFrom, ulong, TRounding>,
            _ => null,
        };

    private static Handler BetweenFloats(PtxInstruction source, PtxType from, PtxType to, ref Instruction code)
    {
        if (from == to && source.FirstOf("rni", "rzi", "rmi", "rpi") is { } rounding) return ToIntegral(from, rounding);
        if (source.FirstOf("rz", "rm", "rp") is not null) return null;
        bool flush = source.Has("ftz");
        if (from == PtxType.F32 && to is PtxType.F16 or PtxType.BF16 && !flush)
        {
            code.Mode = source.Has("relu") ? 1 : 0;
            return to == PtxType.F16 ? &PackedExecutors.Round<HalfFormat> : &PackedExecutors.Round<BFloat16Format>;
        }
        return (from, to) switch
        {
            (PtxType.F16, PtxType.F32) => &PackedExecutors.Expand<HalfFormat>,
            (PtxType.BF16, PtxType.F32) => &PackedExecutors.Expand<BFloat16Format>,
            (PtxType.F32, PtxType.TF32) => source.Has("rna") ? &ConversionExecutors.SingleToTensorFloat : null,
            (PtxType.F32, PtxType.F32) => &ConversionExecutors.FloatToFloat<float, float>,
            (PtxType.F64, PtxType.F64) => &ConversionExecutors.FloatToFloat<double, double>,
            (PtxType.F32, PtxType.F64) => &ConversionExecutors.FloatToFloat<float, double>,
            (PtxType.F64, PtxType.F32) => &ConversionExecutors.FloatToFloat<double, float>,
            (PtxType.F16, PtxType.F64) => &ConversionExecutors.FloatToFloat<Half, double>,
            (PtxType.F64, PtxType.F16) => &ConversionExecutors.FloatToFloat<double, Half>,
            _ => null,
        };
    }

    private static Handler ToIntegral(PtxType type, string rounding) => type switch
    {
        PtxType.F16 => ToIntegral<Half>(rounding),
        PtxType.F32 => ToIntegral<float>(rounding),
        PtxType.F64 => ToIntegral<double>(rounding),
        _ => null,
    };

    private static Handler ToIntegral<T>(string rounding)
        where T : unmanaged, IFloatingPoint<T> => rounding switch
        {
            "rni" => &ConversionExecutors.RoundToIntegral<T, ToNearestEven>,
            "rzi" => &ConversionExecutors.RoundToIntegral<T, TowardZero>,
            "rmi" => &ConversionExecutors.RoundToIntegral<T, Downward>,
            _ => &ConversionExecutors.RoundToIntegral<T, Upward>,
        };
}
