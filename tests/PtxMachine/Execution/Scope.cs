using System.Globalization;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>What names mean at one place of one (inlined) function body.</summary>
internal sealed class Scope(string prefix, ProgramMemory memory, IReadOnlyDictionary<string, (StateSpace Space, int Offset)> parameters)
{
    private readonly Stack<Dictionary<string, (string Name, PtxType Type)>> registers = new([[]]);
    private readonly Stack<Dictionary<string, (StateSpace Space, int Offset)>> places = new([new(parameters)]);
    private static int _unique;

    public void Open()
    {
        registers.Push([]);
        places.Push([]);
    }

    public void Close()
    {
        registers.Pop();
        places.Pop();
    }

    public string Label(string name) => prefix + name;

    /// <summary>Takes in `.reg`, `.param`, `.local` and `.shared` declarations; other directives mean nothing here.</summary>
    public void Declare(PtxStatement statement)
    {
        string[] words = statement.Text.Split(' ', 3);
        if (words[0] == ".reg")
        {
            PtxType type = PtxTypes.Parse(words[1].TrimStart('.'));
            if (type == PtxType.None) throw new PtxException(statement.Line, statement.Text, "unknown register type");
            foreach (string declared in PtxText.SplitAtCommas(words[2])) DeclareRegisters(declared, type);
            return;
        }
        foreach (PtxVariable variable in PtxVariable.ParseAll(statement.Text))
        {
            if (variable.Space == "shared") memory.AddShared(variable);
            else places.Peek()[variable.Name] = (StateSpace.Local, memory.AddLocal(variable));
        }
    }

    public (string Name, PtxType Type)? Register(string name)
    {
        foreach (Dictionary<string, (string, PtxType)> level in registers)
        {
            if (level.TryGetValue(name, out (string, PtxType) register)) return register;
        }
        return null;
    }

    public (StateSpace Space, int Offset)? Parameter(string name)
    {
        foreach (Dictionary<string, (StateSpace, int)> level in places)
        {
            if (level.TryGetValue(name, out (StateSpace, int) place)) return place;
        }
        return null;
    }

    public int? LocalAddress(string name) => Parameter(name) is { Space: StateSpace.Local } place ? place.Offset : null;

    public ulong? GlobalAddress(string name) => memory.GlobalAddress(name);

    public bool IsShared(string name) => memory.IsShared(name);

    // A register declared inside of braces is another one each time: it may hide a name of the body.
    private void DeclareRegisters(string declared, PtxType type)
    {
        string suffix = registers.Count > 1 ? "@" + Interlocked.Increment(ref _unique).ToString(CultureInfo.InvariantCulture) : "";
        int range = declared.IndexOf('<', StringComparison.Ordinal);
        if (range < 0)
        {
            registers.Peek()[declared] = (prefix + declared + suffix, type);
            return;
        }
        string stem = declared[..range].Trim();
        int count = int.Parse(declared.AsSpan(range + 1, declared.IndexOf('>', StringComparison.Ordinal) - range - 1),
            CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            string name = stem + i.ToString(CultureInfo.InvariantCulture);
            registers.Peek()[name] = (prefix + name + suffix, type);
        }
    }
}
