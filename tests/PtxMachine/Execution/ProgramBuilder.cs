using System.Globalization;
using DoRA.PtxMachine.Execution.Decoding;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>Decodes a kernel: calls are inlined, operands resolved, instructions put into blocks.</summary>
internal sealed class ProgramBuilder
{
    private const int DeepestCall = 32;

    private readonly PtxModule module;
    private readonly ProgramMemory memory;
    private readonly RegisterFileLayout layout = new();
    private readonly List<int> lists = [];
    private readonly List<FlatInstruction> code = [];
    private readonly Dictionary<string, int> labels = [];
    private readonly Dictionary<string, string[]> branchTargets = [];
    private int calls;

    private ProgramBuilder(PtxModule module, Func<string, ulong?> globalAddress, bool unluckyAlignment)
    {
        this.module = module;
        memory = new ProgramMemory(globalAddress, unluckyAlignment);
        foreach (PtxVariable variable in module.Variables.Values.Where(variable => variable.Space == "shared")) memory.AddShared(variable);
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
        BlockBuilder blocks = new(builder.code, builder.labels);
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
            Lists = [.. builder.lists],
            Sources = [.. builder.code.Select(flat => flat.Source)],
            RegisterNames = builder.layout.Names,
            Constants = builder.layout.Constants(builder.memory.SharedAddress),
            Specials = builder.layout.Specials,
            SlotCount = builder.layout.SlotCount,
            StaticSharedBytes = builder.memory.UsesDynamicShared ? builder.memory.DynamicStart : builder.memory.StaticSharedBytes,
            UsesDynamicShared = builder.memory.UsesDynamicShared,
            LocalBytes = builder.memory.LocalBytes,
            SharedGranuleShift = builder.GranuleShift(),
            HasAtomics = builder.code.Exists(flat => flat.Source.Name is "atom" or "red"),
            HasFences = builder.code.Exists(flat => flat.Source.Name is "membar" or "fence" && flat.Source.FirstOf("gl", "sys", "gpu") is not null),
        };
    }

    private int GranuleShift()
    {
        int narrowest = 4;
        foreach (FlatInstruction flat in code)
        {
            bool touchesShared = flat.Source.Name is "ld" or "st" or "atom" or "red" && flat.Code.Space is StateSpace.Shared or StateSpace.Generic;
            if (touchesShared) narrowest = Math.Min(narrowest, flat.Code.ElementBytes);
        }
        return int.Log2(narrowest);
    }

    private void Flatten(PtxFunction function, string prefix, IReadOnlyDictionary<string, (StateSpace, int)> parameters, string? returnLabel, int depth)
    {
        Scope scope = new(prefix, memory, parameters);
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
                    labels[scope.Label(statement.Text)] = code.Count;
                    break;
                case StatementKind.Directive when statement.Text.StartsWith(".branchtargets", StringComparison.Ordinal):
                    string owner = labels.Last(label => label.Value == code.Count).Key;
                    branchTargets[owner] = [.. PtxText.SplitAtCommas(statement.Text[".branchtargets".Length..]).Select(scope.Label)];
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
        Operands operands = new(source, scope, layout, lists);
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
                flat.Targets = branchTargets.GetValueOrDefault(scope.Label(operands.Text(1))) ?? throw source.Error("unknown list of targets");
                break;
            case "ret" when returnLabel is not null:
                flat.End = BlockEnd.Branch;
                flat.Targets = [returnLabel];
                break;
            case "ret" or "exit":
                flat.End = BlockEnd.Exit;
                break;
            case "bar" or "barrier" when !source.Has("warp"):
                ControlDecoder.Barrier(operands, flat);
                break;
            case "trap":
                Decoder.Decode(operands, ref flat.Code);
                code.Add(flat);
                flat = new FlatInstruction(source) { End = BlockEnd.Exit, Code = flat.Code };
                break;
            default:
                Decoder.Decode(operands, ref flat.Code);
                break;
        }
        code.Add(flat);
    }

    private void Inline(PtxInstruction call, Scope scope, int depth)
    {
        List<string> operands = call.Operands;
        List<string> results = operands[0][0] == '(' ? PtxText.Elements(operands[0]) : [];
        int next = results.Count > 0 ? 1 : 0;
        if (depth > DeepestCall) throw call.Error("calls go too deep; recursion is not supported");
        if (!module.Functions.TryGetValue(operands[next], out PtxFunction? callee)) throw call.Error($"the module has no body of {operands[next]}");
        if (call.Guard is not null) throw call.Error("a guarded call is not supported");
        List<string> arguments = next + 1 < operands.Count ? PtxText.Elements(operands[next + 1]) : [];
        if (arguments.Count != callee.Parameters.Count || results.Count != callee.Results.Count) throw call.Error("wrong number of arguments");
        Dictionary<string, (StateSpace, int)> parameters = [];
        foreach ((PtxVariable formal, string actual) in callee.Parameters.Zip(arguments).Concat(callee.Results.Zip(results)))
        {
            parameters[formal.Name] = scope.Parameter(actual) ?? throw call.Error($"unknown argument {actual}");
        }
        string id = (++calls).ToString(CultureInfo.InvariantCulture);
        string end = $"$return{id}";
        Flatten(callee, $"{callee.Name}#{id}.", parameters, end, depth + 1);
        labels[end] = code.Count;
    }
}
