using System.Globalization;
using DoRA.PtxMachine.Execution.Decoding;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>Decodes a kernel: calls are inlined, operands resolved, instructions put into blocks.</summary>
internal sealed class ProgramBuilder
{
    private const int DeepestCall = 32;

    private readonly PtxModule _module;
    private readonly ProgramMemory _memory;
    private readonly RegisterFileLayout _layout = new();
    private readonly List<int> _lists = [];
    private readonly List<FlatInstruction> _code = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<string, string[]> _branchTargets = [];
    private int _calls;

    private ProgramBuilder(PtxModule module, Func<string, ulong?> globalAddress, bool unluckyAlignment)
    {
        _module = module;
        _memory = new ProgramMemory(globalAddress, unluckyAlignment);
        foreach (PtxVariable variable in _module.Variables.Values.Where(variable => variable.Space == "shared")) _memory.AddShared(variable);
    }

    /// <summary>Decodes a kernel of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="kernel">One of its entries.</param>
    /// <param name="globalAddress">Addresses of the module's global and constant variables.</param>
    /// <param name="unluckyAlignment">Shared variables are aligned no better than declared.</param>
    public static Program Build(PtxModule module, PtxFunction kernel, Func<string, ulong?> globalAddress, bool unluckyAlignment)
    {
        ProgramBuilder builder = new(module, globalAddress, unluckyAlignment);
        int[] offsets = new int[kernel.Parameters.Count];
        Dictionary<string, (StateSpace, int)> parameters = [];
        int bytes = 0;
        for (int i = 0; i < offsets.Length; i++)
        {
            PtxVariable parameter = kernel.Parameters[i];
            offsets[i] = (bytes + parameter.Alignment - 1) / parameter.Alignment * parameter.Alignment;
            bytes = offsets[i] + parameter.Size;
            parameters[parameter.Name] = (StateSpace.Parameter, offsets[i]);
        }
        builder.Flatten(kernel, "", parameters, returnLabel: null, depth: 0);
        BlockBuilder blocks = new(builder._code, builder._labels);
        return new Program
        {
            Name = kernel.Name,
            Parameters = kernel.Parameters,
            ParameterOffsets = offsets,
            ParameterBytes = bytes,
            MaxThreads = kernel.MaxThreads,
            Code = blocks.Code,
            Blocks = blocks.Blocks,
            Entry = blocks.Entry,
            Lists = [.. builder._lists],
            Sources = [.. builder._code.Select(flat => flat.Source)],
            RegisterNames = builder._layout.Names,
            Constants = builder._layout.Constants(builder._memory.SharedAddress),
            Specials = builder._layout.Specials,
            SlotCount = builder._layout.SlotCount,
            StaticSharedBytes = builder._memory.UsesDynamicShared ? builder._memory.DynamicStart : builder._memory.StaticSharedBytes,
            UsesDynamicShared = builder._memory.UsesDynamicShared,
            LocalBytes = builder._memory.LocalBytes,
            SharedGranuleShift = builder.GranuleShift(),
            Accumulators = [.. builder._code.Where(flat => WarpgroupDecoder.IsProduct(flat.Source))
                .SelectMany(flat => builder._lists.GetRange(flat.Code.List, flat.Code.ListLength)).Distinct()],
            HasAtomics = builder._code.Exists(flat => flat.Source.Name is "atom" or "red"),
            HasFences = builder._code.Exists(flat =>
                flat.Source.Name is "membar" or "fence" && flat.Source.FirstOf("gl", "sys", "gpu") is not null),
        };
    }

    private int GranuleShift()
    {
        int narrowest = 4;
        foreach (FlatInstruction flat in _code)
        {
            bool touchesShared = flat.Source.Name is "ld" or "st" or "atom" or "red" && flat.Code.Space is StateSpace.Shared
                or StateSpace.Generic;
            if (touchesShared) narrowest = Math.Min(narrowest, flat.Code.ElementBytes);
        }
        return int.Log2(narrowest);
    }

    private void Flatten(PtxFunction function, string prefix, IReadOnlyDictionary<string, (StateSpace, int)> parameters,
        string? returnLabel, int depth)
    {
        Scope scope = new(prefix, _memory, parameters);
        foreach (PtxStatement statement in function.Statements)
        {
            switch (statement.Kind)
            {
                case StatementKind.OpenScope:
                    scope.Open();
                    break;
                case StatementKind.CloseScope:
                    scope.Close();
                    break;
                case StatementKind.Label:
                    _labels[scope.Label(statement.Text)] = _code.Count;
                    break;
                case StatementKind.Directive when statement.Text.StartsWith(".branchtargets", StringComparison.Ordinal):
                    string owner = _labels.Last(label => label.Value == _code.Count).Key;
                    _branchTargets[owner] = [.. PtxText.SplitAtCommas(statement.Text[".branchtargets".Length..]).Select(scope.Label)];
                    break;
                case StatementKind.Directive:
                    scope.Declare(statement);
                    break;
                default:
                    Add(new PtxInstruction(statement.Line, statement.Text, function.Name), scope, returnLabel, depth);
                    break;
            }
        }
    }

    private void Add(PtxInstruction source, Scope scope, string? returnLabel, int depth)
    {
        if (source.Name == "call")
        {
            Inline(source, scope, depth);
            return;
        }
        Operands operands = new(source, scope, _layout, _lists);
        FlatInstruction flat = new(source);
        if (source.Guard is { } guard)
        {
            flat.Code.Guard = operands.Read(guard, PtxType.Pred);
            flat.Code.GuardNegated = source.GuardNegated;
        }
        switch (source.Name)
        {
            case "bra":
                flat.End = BlockEnd.Branch;
                flat.Targets = [scope.Label(operands.Text(0))];
                break;
            case "brx":
                flat.End = BlockEnd.IndexedBranch;
                flat.Code.A = operands.Read(0, PtxType.U32);
                flat.Targets = _branchTargets.GetValueOrDefault(scope.Label(operands.Text(1))) ?? throw source.Error(
                    "unknown list of targets");
                break;
            case "ret" when returnLabel is not null:
                flat.End = BlockEnd.Branch;
                flat.Targets = [returnLabel];
                break;
            case "ret" or "exit":
                flat.End = BlockEnd.Exit;
                break;
            case "bar" or "barrier" when !source.Has("warp") && !source.Has("cluster"):
                ControlDecoder.Barrier(operands, flat);
                break;
            case "trap":
                Decoder.Decode(operands, ref flat.Code);
                _code.Add(flat);
                flat = new FlatInstruction(source) { End = BlockEnd.Exit, Code = flat.Code };
                break;
            default:
                Decoder.Decode(operands, ref flat.Code);
                break;
        }
        _code.Add(flat);
    }

    private void Inline(PtxInstruction call, Scope scope, int depth)
    {
        List<string> operands = call.Operands;
        List<string> results = operands[0][0] == '(' ? PtxText.Elements(operands[0]) : [];
        int next = results.Count > 0 ? 1 : 0;
        if (depth > DeepestCall) throw call.Error("calls go too deep; recursion is not supported");
        if (!_module.Functions.TryGetValue(operands[next], out PtxFunction? callee)) throw call.Error(
            $"the module has no body of {operands[next]}");
        if (call.Guard is not null) throw call.Error("a guarded call is not supported");
        List<string> arguments = next + 1 < operands.Count ? PtxText.Elements(operands[next + 1]) : [];
        if (arguments.Count != callee.Parameters.Count
            || results.Count != callee.Results.Count) throw call.Error("wrong number of arguments");
        Dictionary<string, (StateSpace, int)> parameters = [];
        foreach ((PtxVariable formal, string actual) in callee.Parameters.Zip(arguments).Concat(callee.Results.Zip(results)))
        {
            parameters[formal.Name] = scope.Parameter(actual) ?? throw call.Error($"unknown argument {actual}");
        }
        string id = (++_calls).ToString(CultureInfo.InvariantCulture);
        string end = $"$return{id}";
        Flatten(callee, $"{callee.Name}#{id}.", parameters, end, depth + 1);
        _labels[end] = _code.Count;
    }
}
