using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Cuda;

/// <summary>
/// One training step of a narrow network on the card and on the PTX machine, from the same weights and views. Bits may differ: ptxas fuses products and sums, and a card's
/// approximate functions are not the machine's to the last bit.
/// </summary>
internal static class MachineComparison
{
    /// <summary>Activations in bfloat16 that fall on another side of a rounding carry on: as the tests hold the machine to the CPU engine.</summary>
    public const double Tolerance = 0.1;

    private const int Frames = 2, GlobalSize = 32, LocalSize = 16, LocalViews = 2;

    /// <summary>Its heads of 64 take attention's kernels for tensor cores.</summary>
    private static readonly TrainingConfiguration Configuration = new(KernelWorkload.Usual.Network, Seed: 1) { Tracker = new(2) };

    /// <returns>Relative errors of loss and gradients.</returns>
    public static IReadOnlyDictionary<string, double> Run(CudaDevice card)
    {
        using PtxMachine.Machine machine = new(new() { ComputeCapability = card.Driver.ComputeCapability });
        using CudaDevice other = new(machine, "PTX machine", card.ActivationType);
        (float[] loss, float[] gradients) = Step(card);
        (float[] expectedLoss, float[] expectedGradients) = Step(other);
        return new Dictionary<string, double>
        {
            ["loss"] = OperationDoctor.Error(loss, expectedLoss),
            ["gradients"] = OperationDoctor.Error(gradients, expectedGradients),
        };
    }

    private static (float[] Loss, float[] Gradients) Step(CudaDevice device)
    {
        using StudentTeacher training = new(device, Configuration);
        using CheckMemory memory = new(device);
        ImageBatch Images(int seed, int count, int size) =>
            new(memory.Floats(CheckNumbers.Uniform(seed, 3L * count * size * size)), count, size, size);
        StepResult result = training.Step(
            new(1, Frames, Images(1, Frames, GlobalSize), Images(2, LocalViews * Frames, LocalSize)), new(0, 1e-3, 0.04, 0.99, 0.04));
        return ([result.ReadLoss()],
            [.. training.Student.Parameters.Parameters.SelectMany(parameter => OperationDoctor.Read(device, parameter.Gradient))]);
    }
}
