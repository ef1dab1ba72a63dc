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

    /// <summary>Heads of width 64, whose attention runs on tensor cores.</summary>
    private static readonly TrainingConfiguration[] WideHeads =
    [
        Configuration with { Network = Configuration.Network with { Backbone = new(128, 2, 2, 4, GlobalSize) } },
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

    [TestCaseSource(nameof(Configurations))]
    [TestCaseSource(nameof(WideHeads))]
    public void In_bfloat16_a_step_is_the_cpu_engine_s_but_for_the_roundings_of_what_is_stored(TrainingConfiguration configuration)
    {
        using CudaBench reference = CudaBench.OnCpu(), machine = CudaBench.OnMachine(new(), ElementType.BFloat16),
            shuffled = CudaBench.OnMachine(new() { Seed = 2 }, ElementType.BFloat16);
        Step expected = Run(reference, configuration), actual = Run(machine, configuration), again = Run(shuffled, configuration);
        Assert.That(again.Everything.Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(actual.Everything.Select(BitConverter.SingleToInt32Bits)));

        // Some 22 tensors are stored on the way from pixels to logits, and as many gradients back. Their roundings are independent, each with
        // a deviation of u/√3 of what it rounds, u = 2⁻⁸: √22 u/√3 = 1 % of the logits, √44 u/√3 = 1.5 % of a gradient. Logits are
        // cosines in the bottleneck, 1/√8 large, and the teacher's are divided by 0.04: 1 % of 0.35 over 0.04 is 9 % of its probabilities, and
        // of the gradient that they are a half of. The loss averages that over outputs and rows.
        const double gradientError = 0.1, lossError = 0.05;
        // The tracker's maps are softmaxes of sums of d products; hard masks turn only within their error from the threshold, where none lies.
        Agreement.Near("masks", actual.Masks, Agreement.Wide(expected.Masks), 0.01);
        Agreement.Near("loss", [actual.Loss], [expected.Loss], lossError * expected.Loss);

        int start = 0;
        foreach ((string name, int length) in expected.Parameters)
        {
            float[] gradient = expected.Gradients[start..(start + length)], other = actual.Gradients[start..(start + length)];
            double norm = Math.Sqrt(gradient.Sum(value => (double)value * value)),
                difference = Math.Sqrt(gradient.Zip(other).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
            Assert.That(difference <= gradientError * norm, $"gradient of {name} is off by {difference / norm:p1} of its norm");
            // The first step of AdamW is the learning rate times the gradient's sign.
            Agreement.Near(name, actual.Weights[start..(start + length)], Agreement.Wide(expected.Weights[start..(start + length)]),
                2.01 * LearningRate);
            start += length;
        }
    }

    [TestCaseSource(nameof(Configurations))]
    public void A_step_allocates_nothing_and_brings_nothing_to_the_host_until_the_loss_is_asked_for(TrainingConfiguration configuration)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        using StudentTeacher training = new(bench.Device, configuration);
        TrainingBatch batch = Batch(bench, configuration);
        training.Step(batch, new(0, LearningRate, 0.04, 0.9, 0.04));
        (int allocations, int copies) = (bench.Machine.Allocations, bench.Machine.CopiesOut);
        StepResult result = training.Step(batch, new(1, LearningRate, 0.04, 0.9, 0.04));
        Assert.That(bench.Machine.Allocations, Is.EqualTo(allocations));
        Assert.That(bench.Machine.CopiesOut, Is.EqualTo(copies));
        result.ReadLoss();
        Assert.That(bench.Machine.CopiesOut, Is.EqualTo(copies + 1));
    }

    private static Step Run(CudaBench bench, TrainingConfiguration configuration)
    {
        using StudentTeacher training = new(bench.Device, configuration);
        StepResult result = training.Step(Batch(bench, configuration), new(0, LearningRate, 0.04, 0.9, 0.04));
        (string, int)[] parameters =
            [.. training.Student.Parameters.Parameters.Select(parameter => (parameter.Name, (int)parameter.Length))];
        float[] Flat(Func<Parameter, DeviceSpan> which) =>
            [.. training.Student.Parameters.Parameters.SelectMany(parameter => bench.Download(which(parameter)))];
        return new(result.ReadLoss(), result.ReadMasks(), parameters, Flat(parameter => parameter.Data),
            Flat(parameter => parameter.Gradient));
    }

    private static TrainingBatch Batch(CudaBench bench, TrainingConfiguration configuration)
    {
        TestNumbers numbers = new(4);
        ImageBatch Images(int views, int size)
        {
            int count = views * Clips * Frames;
            return new(bench.Upload(numbers.Uniform(count * 3 * size * size, -2, 2)), count, size, size);
        }

        return new(Clips, Frames, Images(configuration.GlobalViews, GlobalSize), Images(LocalViews, LocalSize));
    }

    private sealed record Step(float Loss, float[] Masks, (string Name, int Length)[] Parameters, float[] Weights, float[] Gradients)
    {
        public IEnumerable<float> Everything => [Loss, .. Masks, .. Weights, .. Gradients];
    }
}
