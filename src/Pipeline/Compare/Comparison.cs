using DoRA.Kernels;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Compare;

/// <summary>Runs every variant with every seed, a seed after another, so that an early stop leaves whole comparisons of fewer seeds.</summary>
internal sealed class Comparison(string folder, ComparisonPlan plan)
{
    /// <summary>Runs what is not done yet. A member that fails is told of, and the others go on.</summary>
    /// <returns>What is there at the end, and whether that is all.</returns>
    public ComparisonResults Run(Terminal terminal, CancellationToken interruption)
    {
        Dictionary<string, string> failures = [];
        foreach (int seed in plan.Seeds)
        {
            foreach (Variant variant in plan.Variants)
            {
                ComparisonMember member = new(folder, variant, seed);
                if (!interruption.IsCancellationRequested && member.Done() is null)
                {
                    terminal.Say($"{member.Name} ({plan.Seeds.Count * plan.Variants.Count} runs in all)");
                    Run(member, failures, terminal, interruption);
                }
            }
        }

        return new([.. plan.Variants.Select(variant => Results(variant, failures))]);
    }

    private void Run(ComparisonMember member, Dictionary<string, string> failures, Terminal terminal, CancellationToken interruption)
    {
        try
        {
            member.Run(plan.Videos, terminal, interruption);
        }
        catch (Exception error) when (error is UserException or TrainingException or IOException or UnauthorizedAccessException)
        {
            failures.Add(member.Name, error.Message);
            terminal.Say($"{member.Name} failed, the others go on: {error.Message}");
        }
    }

    private VariantResults Results(Variant variant, Dictionary<string, string> failures)
    {
        ComparisonMember[] members = [.. plan.Seeds.Select(seed => new ComparisonMember(folder, variant, seed))];
        return VariantResults.Of(
            variant,
            [.. members.Where(member => member.Done() is not null).Select(member => new MemberReceipt(member.ReceiptFile, member.Done()!))],
            members.Where(member => failures.ContainsKey(member.Name)).ToDictionary(member => member.Name, member => failures[member.Name]),
            plan.Seeds.Count);
    }
}
