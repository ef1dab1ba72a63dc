using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution;

/// <summary>Cuts flat code into blocks and numbers them in execution order.</summary>
internal sealed class BlockBuilder
{
    private readonly List<FlatInstruction> _flat;
    private readonly Dictionary<string, int> _labels;

    public BlockBuilder(List<FlatInstruction> flat, Dictionary<string, int> labels)
    {
        (_flat, _labels) = (flat, labels);
        Code = GC.AllocateArray<Instruction>(Math.Max(_flat.Count, 1), pinned: true);
        for (int i = 0; i < _flat.Count; i++)
        {
            Code[i] = _flat[i].Code;
            Code[i].Source = i;
        }
        int[] leaders = Leaders();
        BasicBlock[] textual = [.. leaders.Select((leader, i) =>
            Block(leader, i + 1 < leaders.Length ? leaders[i + 1] : _flat.Count, i + 1 < leaders.Length ? i + 1 : -1))];
        Dictionary<int, int> blockAt = leaders.Select((leader, i) => (leader, i)).ToDictionary();
        foreach (BasicBlock block in textual)
        {
            if (block.End is BlockEnd.Branch or BlockEnd.IndexedBranch)
            {
                block.Targets = [.. _flat[block.Terminator].Targets.Select(label => blockAt.GetValueOrDefault(Position(label, block), -1))];
            }
        }
        Number(textual);
    }

    public Instruction[] Code { get; }

    public BasicBlock[] Blocks { get; private set; } = [];

    public int Entry { get; private set; }

    private int[] Leaders()
    {
        SortedSet<int> leaders = [0, .. _labels.Values];
        for (int i = 0; i < _flat.Count; i++)
        {
            if (_flat[i].End != BlockEnd.FallThrough) leaders.Add(i + 1);
        }
        return [.. leaders.Where(leader => leader < _flat.Count)];
    }

    private BasicBlock Block(int start, int stop, int next)
    {
        FlatInstruction last = _flat[stop - 1];
        bool terminated = last.End != BlockEnd.FallThrough;
        BasicBlock block = new()
        {
            Start = start,
            Stop = terminated ? stop - 1 : stop,
            Terminator = stop - 1,
            End = last.End,
            Uniform = last.Source.Has("uni"),
            Barrier = last.Barrier,
            Next = next,
        };
        for (int i = start; i < stop; i++) block.Classes[(int)InstructionClasses.Of(_flat[i].Source)]++;
        return block;
    }

    private int Position(string label, BasicBlock block) => _labels.TryGetValue(label, out int position) ? position
        : throw _flat[block.Terminator].Source.Error("unknown label");

    private void Number(BasicBlock[] textual)
    {
        List<int> order = BlockOrder.Compute([.. textual.Select(Successors)]);
        int[] number = new int[textual.Length];
        for (int i = 0; i < order.Count; i++) number[order[i]] = i;
        foreach (BasicBlock block in textual)
        {
            if (block.Next >= 0) block.Next = number[block.Next];
            for (int i = 0; i < block.Targets.Length; i++)
            {
                if (block.Targets[i] >= 0) block.Targets[i] = number[block.Targets[i]];
            }
        }
        Blocks = [.. order.Select(i => textual[i])];
        Entry = number[0];
    }

    private int[] Successors(BasicBlock block)
    {
        bool guarded = block.End != BlockEnd.FallThrough && Code[block.Terminator].Guard >= 0;
        bool continues = guarded || block.End is BlockEnd.FallThrough or BlockEnd.Barrier;
        IEnumerable<int> successors = continues ? block.Targets.Append(block.Next) : block.Targets;
        return [.. successors.Where(successor => successor >= 0).Distinct()];
    }
}
