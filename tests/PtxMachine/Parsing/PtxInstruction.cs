namespace DoRA.PtxMachine.Parsing;

/// <summary>An instruction taken apart: guard, the parts of its opcode and its operands, still as text.</summary>
public sealed class PtxInstruction
{
    public PtxInstruction(int line, string text, string function)
    {
        (Line, Text, Function) = (line, text, function);
        string rest = text;
        if (rest[0] == '@')
        {
            int blank = rest.IndexOf(' ', StringComparison.Ordinal);
            if (blank < 0) throw new PtxException(line, text, "a guard without an instruction");
            GuardNegated = rest[1] == '!';
            Guard = rest[(GuardNegated ? 2 : 1)..blank];
            rest = rest[(blank + 1)..];
        }
        int end = 0;
        while (end < rest.Length && (char.IsLetterOrDigit(rest[end]) || rest[end] is '.' or '_' or ':')) end++;
        Opcode = rest[..end];
        Parts = Opcode.Split('.');
        Operands = PtxText.SplitAtCommas(rest[end..]);
        Type = PtxTypes.Parse(Parts[^1]);
    }

    public int Line { get; }

    /// <summary>The whole statement.</summary>
    public string Text { get; }

    /// <summary>The function whose text it is (after inlining: not always the kernel).</summary>
    public string Function { get; }

    public string? Guard { get; }

    public bool GuardNegated { get; }

    /// <summary>The whole opcode, for example `add.rn.f32`.</summary>
    public string Opcode { get; }

    public string[] Parts { get; }

    /// <summary>The first part, for example `add`.</summary>
    public string Name => Parts[0];

    /// <summary>The type of the last part, or None.</summary>
    public PtxType Type { get; }

    public List<string> Operands { get; }

    public bool Has(string part) => Array.IndexOf(Parts, part) > 0;

    /// <summary>The first of the candidates that is a part of the opcode, or null.</summary>
    public string? FirstOf(params ReadOnlySpan<string> candidates)
    {
        foreach (string part in Parts.AsSpan(1))
        {
            if (candidates.Contains(part)) return part;
        }
        return null;
    }

    /// <summary>An error that quotes this instruction.</summary>
    public PtxException Error(string what) => new(Line, Text, what);

    public override string ToString() => $"line {Line}: {Text}";
}
