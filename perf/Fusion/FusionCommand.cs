using System.CommandLine;
using DoRA.Kernels;

namespace DoRA.Perf.Fusion;

/// <summary><c>fusion</c>: what fusing saves.</summary>
internal static class FusionCommand
{
    public static Command Create()
    {
        Option<string?> name = new("--case") { HelpName = "NAME", Description = "Only the cases with this in their names." };
        Command command = new("fusion", "Counts each fused kernel and the chain it takes the place of on the PTX machine, and times both on a card if there is one.") { name };
        command.SetAction(parsed =>
        {
            using CudaDevice? card = TryOpen();
            FusionSuite.Run(parsed.GetValue(name), card);
            if (card is not null)
            {
                Console.WriteLine($"\nTimes on {card.Name}.");
            }
        });
        return command;
    }

    private static CudaDevice? TryOpen()
    {
        try
        {
            return CudaDevice.Open(0, ElementType.BFloat16);
        }
        catch (NoCardException missing)
        {
            Console.Error.WriteLine($"{missing.Reason}: traffic is counted, nothing is timed.");
            return null;
        }
    }
}
