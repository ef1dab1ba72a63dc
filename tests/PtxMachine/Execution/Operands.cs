using System.Globalization;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>The operands of one instruction as slots, in the scope where the instruction stands.</summary>
internal sealed class Operands(PtxInstruction source, Scope scope, RegisterFileLayout layout, List<int> lists)
{
    public PtxInstruction Source => source;

    public int Count => source.Operands.Count;

    public string Text(int operand) => operand < source.Operands.Count ? source.Operands[operand]
        : throw source.Error($"operand {operand + 1} is missing");

    /// <summary>The slot to read this operand from: a register, a constant, a special register or a variable's address.</summary>
    public int Read(int operand, PtxType type) => Read(Text(operand), type);

    public int Read(string text, PtxType type)
    {
        bool wide = type.Size() == 8;
        if (scope.Register(text) is { } register)
        {
            bool fits = (register.Type.Size() == 8) == wide && (register.Type == PtxType.Pred) == (type == PtxType.Pred);
            if (!fits) throw source.Error($"{text} is a .{register.Type.ToString().ToLowerInvariant()} register, not one for this operand");
            return layout.Register(register.Name, register.Type);
        }
        if (RegisterFileLayout.Immediate(text, type) is { } bits) return layout.Constant(bits, wide);
        if (text == "WARP_SZ") return layout.Constant(32, wide);
        if (text[0] == '%')
        {
            int special = SpecialRegister.Find(text);
            if (special < 0 || (wide && !SpecialRegister.IsWide(special))) throw source.Error($"unknown register {text}");
            return layout.Special(special);
        }
        if (scope.LocalAddress(text) is { } offset) return layout.Constant((ulong)offset, wide);
        if (scope.GlobalAddress(text) is { } address) return layout.Constant(address, wide);
        if (scope.IsShared(text)) return layout.Symbol(text, wide);
        throw source.Error($"cannot read the operand {text}");
    }

    /// <summary>The slot and the size in bytes of a register operand of any type.</summary>
    public (int Slot, int Bytes) AnyRegister(string text)
    {
        if (text == "_") return (Instruction.Scratch, 8);
        (string Name, PtxType Type) register = scope.Register(text) ?? throw source.Error($"{text} is not a register");
        return (layout.Register(register.Name, register.Type), register.Type.Size());
    }

    /// <summary>The slot of a destination of this type.</summary>
    public int Write(int operand, PtxType type) => Write(Text(operand), type);

    public int Write(string text, PtxType type)
    {
        (int slot, int bytes) = AnyRegister(text);
        if (text != "_" && (bytes == 8) != (type.Size() == 8)) throw source.Error($"{text} has {bytes} bytes, the result {type.Size()}");
        return slot;
    }

    /// <summary>Two destinations written `p|q`, or one.</summary>
    public (int First, int Second) WritePair(int operand, PtxType first, PtxType second)
    {
        string[] names = Text(operand).Split('|');
        return (Write(names[0].Trim(), first), names.Length > 1 ? Write(names[1].Trim(), second) : Instruction.Scratch);
    }

    /// <summary>A predicate source, which may be written `!p`.</summary>
    public (int Slot, bool Negated) Predicate(int operand)
    {
        string text = Text(operand);
        bool negated = text[0] == '!';
        return (Read(negated ? text[1..].Trim() : text, PtxType.Pred), negated);
    }

    /// <summary>Keeps slots as a list of the program and returns where it begins.</summary>
    public int List(IEnumerable<int> slots)
    {
        int start = lists.Count;
        lists.AddRange(slots);
        return start;
    }

    /// <summary>An address operand `[register + offset]`, `[variable + offset]` or `[constant]`.</summary>
    public (int Slot, bool Wide, long Offset) Address(int operand)
    {
        string text = Text(operand);
        if (text[0] != '[' || text[^1] != ']') throw source.Error($"{text} is not an address");
        text = text[1..^1].Replace(" ", "", StringComparison.Ordinal);
        int sign = text.IndexOfAny(['+', '-'], 1);
        string start = sign < 0 ? text : text[..sign];
        long offset = sign < 0 ? 0 : ParseOffset(text[sign..]);
        if (scope.Register(start) is { } register)
        {
            return (layout.Register(register.Name, register.Type), register.Type.Size() == 8, offset);
        }
        return (Read(start, PtxType.U64), true, offset);
    }

    /// <summary>A parameter operand `[name + offset]`: the parameter's name and the offset.</summary>
    public (string Name, int Offset) Parameter(int operand)
    {
        string text = Text(operand)[1..^1].Replace(" ", "", StringComparison.Ordinal);
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (text, 0) : (text[..plus], (int)ParseOffset(text[plus..]));
    }

    /// <summary>Where a parameter lives: in the kernel's parameter buffer or, for calls, in local memory.</summary>
    public (StateSpace Space, int Offset) ParameterPlace(string name) =>
        scope.Parameter(name) ?? throw source.Error($"unknown parameter {name}");

    /// <summary>An operand that must be a constant.</summary>
    public long Constant(int operand) => RegisterFileLayout.Immediate(Text(operand), PtxType.S64) is { } bits ? (long)bits
        : throw source.Error($"{Text(operand)} is not a constant");

    /// <summary>The slot of a 64-bit constant.</summary>
    public int Constant64(ulong bits) => layout.Constant(bits, wide: true);

    /// <summary>The slot of a 32-bit constant.</summary>
    public int Constant32(uint bits) => layout.Constant(bits, wide: false);

    private static long ParseOffset(string text)
    {
        string digits = text.TrimStart('+', '-');
        long value = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : long.Parse(digits, CultureInfo.InvariantCulture);
        return text.Count(c => c == '-') % 2 == 1 ? -value : value;
    }
}
