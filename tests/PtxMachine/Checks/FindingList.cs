using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Checks;

/// <summary>Collects findings of a launch from all workers: one for each kind and line.</summary>
internal sealed class FindingList(string kernel)
{
    private readonly Dictionary<(FindingKind, int), Finding> found = [];
    private readonly Lock _gate = new();

    public void Add(FindingKind kind, PtxInstruction source, int group, int thread, string detail)
    {
        lock (_gate)
        {
            if (!found.TryGetValue((kind, source.Line), out Finding? first))
            {
                first = new Finding(kind, kernel, MethodName(source.Function), group, thread, source.Line, source.Text, detail, 0);
            }
            bool earlier = (group, thread).CompareTo((first.Group, first.Thread)) < 0;
            found[(kind, source.Line)] = earlier
                ? first with { Group = group, Thread = thread, Detail = detail, Count = first.Count + 1 }
                : first with { Count = first.Count + 1 };
        }
    }

    public IReadOnlyList<Finding> ToList() => [.. found.Values.OrderBy(finding => finding.Line).ThenBy(finding => finding.Kind)];

    // ILGPU names a function Method_number; a kernel bears the name that the compiler gave it.
    private static string MethodName(string function)
    {
        int underscore = function.LastIndexOf('_');
        return underscore > 0 && function.AsSpan(underscore + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? function[..underscore] : function;
    }
}
