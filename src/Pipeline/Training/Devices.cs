using DoRA.Kernels;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>Which device a run computes on.</summary>
public static class Devices
{
    /// <param name="say">Told what <c>auto</c> came to.</param>
    /// <exception cref="UserException">The settings ask for what this build has not.</exception>
    public static Device Open(RunSettings settings, Action<string> say)
    {
        if (settings.Device.StartsWith("cuda", StringComparison.Ordinal))
        {
            throw new UserException($"run.device is {settings.Device}, but the CUDA engine has not been proved on a card yet and is not offered; take --device cpu.");
        }

        if (settings.Precision != Precision.Fp32)
        {
            throw new UserException("run.precision is bf16, which the CPU engine does not compute in; take fp32.");
        }

        CpuDevice device = new(settings.Threads);
        if (settings.Device == "auto")
        {
            say($"The CUDA engine has not been proved on a card yet, so the run takes the {device.Name}.");
        }

        return device;
    }
}
