using System.Globalization;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>Hands out register-file slots: to registers at their first mention, to every distinct constant and special register.</summary>
internal sealed class RegisterFileLayout
{
    private readonly Dictionary<string, (int Slot, PtxType Type)> registers = [];
    private readonly Dictionary<(ulong Bits, bool Wide), int> constants = [];
    private readonly Dictionary<int, int> _specials = [];
    private readonly Dictionary<(string Symbol, bool Wide), int> symbols = [];
    private int _next = Instruction.Scratch + 2;

    public int SlotCount => _next;

    public IReadOnlyDictionary<int, string> Names => registers.ToDictionary(pair => pair.Value.Slot, pair => pair.Key.Split('@')[0]);

    public IReadOnlyList<(int Slot, int Register)> Specials => [.. _specials.Select(pair => (pair.Value, pair.Key))];

    /// <summary>All constants; <paramref name="addressOf"/> gives the addresses of shared variables, known only at the end.</summary>
    public IReadOnlyList<(int Slot, ulong Bits, bool Wide)> Constants(Func<string, ulong> addressOf) =>
    [
        .. constants.Select(pair => (pair.Value, pair.Key.Bits, pair.Key.Wide)),
        .. symbols.Select(pair => (pair.Value, addressOf(pair.Key.Symbol), pair.Key.Wide)),
    ];

    public int Register(string uniqueName, PtxType type)
    {
        if (!registers.TryGetValue(uniqueName, out (int Slot, PtxType Type) register))
        {
            register = registers[uniqueName] = (Take(type.Size() == 8), type);
        }
        return register.Slot;
    }

    public int Constant(ulong bits, bool wide)
    {
        if (bits == 0) return Instruction.Zero;
        if (!constants.TryGetValue((bits, wide), out int slot)) slot = constants[(bits, wide)] = Take(wide);
        return slot;
    }

    public int Special(int register)
    {
        if (!_specials.TryGetValue(register, out int slot)) slot = _specials[register] = Take(SpecialRegister.IsWide(register));
        return slot;
    }

    public int Symbol(string name, bool wide)
    {
        if (!symbols.TryGetValue((name, wide), out int slot)) slot = symbols[(name, wide)] = Take(wide);
        return slot;
    }

    private int Take(bool wide)
    {
        int slot = _next;
        _next += wide ? 2 : 1;
        return slot;
    }

    /// <summary>The bits of an immediate operand of this type, or null when the text is none.</summary>
    public static ulong? Immediate(string text, PtxType type)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        if (digits.Length == 0 || !char.IsAsciiDigit(digits[0])) return null;
        if (digits.Length > 2 && digits[1] is 'f' or 'F' && digits.Length == 10)
        {
            uint bits = uint.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ (negative ? 0x80000000u : 0);
            return type == PtxType.F64 ? BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle(bits)) : bits;
        }
        if (digits.Length == 18 && digits[1] is 'd' or 'D')
        {
            ulong bits = ulong.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ (negative ? 1ul << 63 : 0);
            return type == PtxType.F32 ? BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(bits)) : bits;
        }
        if (digits.Contains('.', StringComparison.Ordinal))
        {
            double value = double.Parse(text, CultureInfo.InvariantCulture);
            return type == PtxType.F64 ? BitConverter.DoubleToUInt64Bits(value) : BitConverter.SingleToUInt32Bits((float)value);
        }
        digits = digits.TrimEnd('U');
        ulong magnitude = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(digits, CultureInfo.InvariantCulture);
        if (type == PtxType.Pred) return magnitude != 0 ? uint.MaxValue : 0;
        ulong integer = negative ? 0 - magnitude : magnitude;
        return type.Size() switch
        {
            8 => integer,
            4 => (uint)integer,
            2 => (ushort)integer,
            _ => (byte)integer,
        };
    }
}
