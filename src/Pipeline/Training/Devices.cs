using DoRA.Kernels;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>Which device a command computes on.</summary>
public static class Devices
{
    /// <param name="say">Told what <c>auto</c> came to.</param>
    /// <exception cref="UserException">The settings ask for what this machine has not.</exception>
    public static Device Open(RunSettings settings, Action<string> say) => Open(settings, say, CudaDevice.Open);

    /// <param name="openCard">Opens a card of this number, whose activations are of this type.</param>
    internal static Device Open(RunSettings settings, Action<string> say, Func<int, ElementType, Device> openCard)
    {
        string name = settings.Device;
        if (name == "cpu")
        {
            return OpenCpu(settings, "take --precision fp32, or --device cuda on a machine with a card");
        }

        ElementType activations = settings.Precision == Precision.Bf16 ? ElementType.BFloat16 : ElementType.Float32;
        if (name != "auto")
        {
            return openCard(name == "cuda" ? 0 : int.Parse(name["cuda:".Length..]), activations);
        }

        try
        {
            Device card = openCard(0, activations);
            say($"Computing on the card: {card.Name}.");
            return card;
        }
        catch (NoCardException missing)
        {
            Device device = OpenCpu(settings, "take --precision fp32", $"{missing.Reason}, and ");
            say($"{missing.Reason}: computing on the {device.Name}.");
            return device;
        }
    }

    private static CpuDevice OpenCpu(RunSettings settings, string advice, string reason = "") => settings.Precision == Precision.Fp32
        ? new(settings.Threads)
        : throw new UserException($"{reason}run.precision is bf16, which only the CUDA engine computes in; {advice}.");
}
