using DoRA.PtxMachine.Execution;
using DoRA.PtxMachine.Execution.Decoding;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Counting;

/// <summary>What a launch did. The figures do not depend on the number of workers or on the order of groups and warps.</summary>
public sealed record KernelCounts
{
    /// <summary>Warp instructions by class.</summary>
    public required IReadOnlyDictionary<InstructionClass, long> Classes { get; init; }

    /// <summary>All warp instructions of the text.</summary>
    public required long Instructions { get; init; }

    /// <summary>Warp instructions without moves: ptxas removes nearly all of those, so this is closer to what a card issues.</summary>
    public long IssueSlots => Instructions - Classes.GetValueOrDefault(InstructionClass.Move);

    /// <summary>Global traffic of each line that has any.</summary>
    public required IReadOnlyList<LineTraffic> GlobalLines { get; init; }

    /// <summary>Shared traffic of each line that has any.</summary>
    public required IReadOnlyList<LineTraffic> SharedLines { get; init; }

    /// <summary>Bytes that lanes asked of global memory.</summary>
    public long GlobalBytes => GlobalLines.Sum(line => line.Bytes);

    /// <summary>32-byte sectors that warps touched, each warp instruction for itself.</summary>
    public long GlobalSectors => GlobalLines.Sum(line => line.Pieces);

    /// <summary>The fewest sectors that could have carried the same bytes.</summary>
    public long IdealGlobalSectors => GlobalLines.Sum(line => line.Ideal);

    /// <summary>Bytes in the sectors that were read at least once: what must come from memory.</summary>
    public required long DistinctReadBytes { get; init; }

    /// <summary>Bytes in the sectors that were written at least once.</summary>
    public required long DistinctWrittenBytes { get; init; }

    /// <summary>Passes over the banks of shared memory.</summary>
    public long SharedPasses => SharedLines.Sum(line => line.Pieces);

    /// <summary>Passes without bank conflicts.</summary>
    public long IdealSharedPasses => SharedLines.Sum(line => line.Ideal);

    /// <summary>Branches that part a warp.</summary>
    public required long DivergentBranches { get; init; }

    /// <summary>Warps arriving at barriers.</summary>
    public long Barriers => Classes.GetValueOrDefault(InstructionClass.Barrier);

    /// <summary>Tensor-core instructions.</summary>
    public long TensorInstructions => Classes.GetValueOrDefault(InstructionClass.TensorCore);

    /// <summary>Multiplications and additions of mma on 16-bit operands.</summary>
    public required long HalfTensorOperations { get; init; }

    /// <summary>Multiplications and additions of mma on tf32 operands.</summary>
    public required long SingleTensorOperations { get; init; }

    /// <summary>Multiplications and additions of products of a warpgroup, on 16-bit operands.</summary>
    public required long WarpgroupTensorOperations { get; init; }

    /// <summary>All multiplications and additions of tensor cores.</summary>
    public long TensorOperations => HalfTensorOperations + SingleTensorOperations + WarpgroupTensorOperations;

    public required int Groups { get; init; }

    public required int WarpsPerGroup { get; init; }

    internal static KernelCounts From(Program program, LaunchShape shape, WorkerCounts counts)
    {
        long[] classes = new long[Enum.GetValues<InstructionClass>().Length];
        long half = 0, single = 0, warpgroup = 0;
        for (int b = 0; b < program.Blocks.Length; b++)
        {
            BasicBlock block = program.Blocks[b];
            long runs = counts.BlockRuns[b];
            if (runs == 0) continue;
            for (int c = 0; c < classes.Length; c++) classes[c] += runs * block.Classes[c];
            if (block.Classes[(int)InstructionClass.TensorCore] == 0) continue;
            for (int i = block.Start; i < block.Stop; i++)
            {
                PtxInstruction source = program.Sources[i];
                if (WarpgroupDecoder.IsProduct(source)) warpgroup += runs * WarpgroupDecoder.FloatOperations(source);
                if (source.Name != "mma") continue;
                if (source.Has("tf32")) single += runs * TensorDecoder.FloatOperations(source);
                else half += runs * TensorDecoder.FloatOperations(source);
            }
        }
        return new KernelCounts
        {
            Classes = Enum.GetValues<InstructionClass>().Where(c => classes[(int)c] > 0).ToDictionary(c => c, c => classes[(int)c]),
            Instructions = classes.Sum(),
            GlobalLines = Lines(program, counts.Global),
            SharedLines = Lines(program, counts.Shared),
            DistinctReadBytes = counts.DistinctReadSectors * GlobalMemory.SectorBytes,
            DistinctWrittenBytes = counts.DistinctWrittenSectors * GlobalMemory.SectorBytes,
            DivergentBranches = counts.DivergentBranches,
            HalfTensorOperations = half,
            SingleTensorOperations = single,
            WarpgroupTensorOperations = warpgroup,
            Groups = shape.Grid.Count,
            WarpsPerGroup = shape.Warps,
        };
    }

    private static List<LineTraffic> Lines(Program program, AccessCount[] accesses)
    {
        List<LineTraffic> lines = [];
        for (int i = 0; i < accesses.Length; i++)
        {
            AccessCount access = accesses[i];
            if (access.Requests == 0) continue;
            lines.Add(new LineTraffic(program.Sources[i].Line, program.Sources[i].Text, access.Requests, access.Bytes, access.Pieces,
                access.Ideal));
        }
        return lines;
    }
}
