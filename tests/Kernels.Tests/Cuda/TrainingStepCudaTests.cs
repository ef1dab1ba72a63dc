using DoRA.Autograd;
using DoRA.Kernels.ObjectTracker;
using DoRA.Model;
using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>A whole training step at tiny width: the CUDA engine's kernels on the machine that executes PTX, and the CPU engine.</summary>
public sealed class TrainingStepCudaTests
{
    private const int Clips = 1, Frames = 2, LocalViews = 2, GlobalSize = 16, LocalSize = 8;
    private const double LearningRate = 1e-3;

    private static readonly TrainingConfiguration Configuration = new(
        new NetworkConfiguration(new(24, 2, 3, 4, GlobalSize), new(32, 16, 8), 0.2f, LinearInitialisation.UniformFanIn), Seed: 5)
    {
        Tracker = new(2),
    };

    private static readonly TrainingConfiguration[] Configurations =
    [
        Configuration,
        Configuration with { Method = TrainingMethod.Dino },
        Configuration with { Tracker = new(3, Sinkhorn: false), Fidelity = new Fidelity { Mask = MaskKind.Soft } },
        Configuration with { Tracker = new(2, Masking.Random) },
    ];

    [TestCaseSource(nameof(Configurations))]
    public void A_step_is_the_cpu_engine_s_and_does_not_depend_on_the_order_of_groups(TrainingConfiguration configuration)
    {
        using CudaBench reference = CudaBench.OnCpu(), machine = CudaBench.OnMachine(new()),
            shuffled = CudaBench.OnMachine(new() { Seed = 2 });
        Step expected = Run(reference, configuration), actual = Run(machine, configuration), again = Run(shuffled, configuration);
        Assert.That(again.Everything.Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(actual.Everything.Select(BitConverter.SingleToInt32Bits)));

        // Some thirty operations forward and as many back, each with a relative error of a few 1e-7 of its largest values, of which most
        // cancel; the teacher's temperature of 0.04 makes 25 of each unit of its logits. That allows 2e-5. Hard masks must be the same;
        // soft ones are softmaxes of the tracker's products.
        Agreement.Near("masks", actual.Masks, Agreement.Wide(expected.Masks), 2e-5);
        Agreement.Near("loss", [actual.Loss], [expected.Loss], 2e-5 * expected.Loss);

        int start = 0;
        foreach ((string name, int length) in expected.Parameters)
        {
            float[] gradient = expected.Gradients[start..(start + length)], other = actual.Gradients[start..(start + length)];
            float[] weights = expected.Weights[start..(start + length)], otherWeights = actual.Weights[start..(start + length)];
            // The key's bias has no gradient in exact arithmetic: its third of the packed bias is measured by the whole's largest.
            double largest = gradient.Max(Math.Abs), tolerance = 2e-5 * largest;
            Agreement.Near($"gradient of {name}", other, Agreement.Wide(gradient), tolerance);
            for (int i = 0; i < length; i++)
            {
                // The first step of AdamW is the learning rate times the gradient's sign, whatever its size: the same where the sign is
                // known.
                double allowed = Math.Abs(gradient[i]) > 10 * tolerance ? (0.01 * LearningRate) + (8 * Agreement.Rounding)
                    : 2.01 * LearningRate;
                Agreement.Near($"{name}[{i}]", [otherWeights[i]], [weights[i]], allowed);
            }

            start += length;
        }
    }

    private static Step Run(CudaBench bench, TrainingConfiguration configuration)
    {
        using StudentTeacher training = new(bench.Device, configuration);
        TestNumbers numbers = new(4);
        ImageBatch Images(int views, int size)
        {
            int count = views * Clips * Frames;
            return new(bench.Upload(numbers.Uniform(count * 3 * size * size, -2, 2)), count, size, size);
        }

        TrainingBatch batch = new(Clips, Frames, Images(configuration.GlobalViews, GlobalSize), Images(LocalViews, LocalSize));
        StepResult result = training.Step(batch, new(0, LearningRate, 0.04, 0.9, 0.04));
        (string, int)[] parameters =
            [.. training.Student.Parameters.Parameters.Select(parameter => (parameter.Name, (int)parameter.Length))];
        float[] Flat(Func<Parameter, DeviceSpan> which) =>
            [.. training.Student.Parameters.Parameters.SelectMany(parameter => bench.Download(which(parameter)))];
        return new(result.ReadLoss(), result.ReadMasks(), parameters, Flat(parameter => parameter.Data),
            Flat(parameter => parameter.Gradient));
    }

    private sealed record Step(float Loss, float[] Masks, (string Name, int Length)[] Parameters, float[] Weights, float[] Gradients)
    {
        public IEnumerable<float> Everything => [Loss, .. Masks, .. Weights, .. Gradients];
    }
}
