using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;

namespace DoRA.Model.Tests;

public sealed class StudentTeacherTests
{
    private static readonly TrainingConfiguration[] Configurations =
    [
        TrainingScene.Configuration,
        TrainingScene.Configuration with { Fidelity = Fidelity.Official },
        TrainingScene.Configuration with { Method = TrainingMethod.Dino },
        TrainingScene.Configuration with { Tracker = new(2, Masking.Off) },
        TrainingScene.Configuration with { Tracker = new(2, Masking.Random) },
        TrainingScene.Configuration with { Tracker = new(3, Sinkhorn: false), Fidelity = new Fidelity { Mask = MaskKind.Soft } },
    ];

    [TestCaseSource(nameof(Configurations))]
    public void Two_runs_give_the_same_bits(TrainingConfiguration configuration)
    {
        using TrainingScene scene = new();
        float[] first = Run(scene, configuration, 3), second = Run(scene, configuration, 3);
        Assert.That(second, Is.EqualTo(first));
        Assert.That(first, Has.All.Matches<float>(float.IsFinite));
    }

    [TestCaseSource(nameof(Configurations))]
    public void A_run_whose_state_is_carried_over_continues_to_the_same_bits(TrainingConfiguration configuration)
    {
        using TrainingScene scene = new();
        float[] expected = Run(scene, configuration, 4);

        using StudentTeacher before = scene.Training(configuration), after = scene.Training(configuration);
        Steps(scene, before, configuration, 0, 2);
        foreach ((StateTensor source, StateTensor destination) in before.State.Zip(after.State))
        {
            Assert.That(destination.Name, Is.EqualTo(source.Name));
            scene.Device.Upload<float>(destination.Data, scene.Device.Read(source.Data));
        }

        before.Optimizer.StepCounts.CopyTo(after.Optimizer.StepCounts);
        Steps(scene, after, configuration, 2, 4);
        Assert.That(TrainingScene.State(after), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Configurations))]
    public void The_second_step_takes_no_memory(TrainingConfiguration configuration)
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training(configuration);
        Steps(scene, training, configuration, 0, 1);
        long taken = training.ActivationBytes;
        Steps(scene, training, configuration, 1, 3);
        Assert.That(training.ActivationBytes, Is.EqualTo(taken));
    }

    /// <summary>
    /// The sums' terms are the same in another order: of some 10² terms each, each order is off by at most 10² · 2⁻²⁴ of the terms' sizes,
    /// whose sum no cancellation in these gradients makes more than some times the norm.
    /// </summary>
    [TestCaseSource(nameof(Configurations))]
    public void In_however_many_passes_a_step_has_one_loss_and_one_gradient(TrainingConfiguration configuration)
    {
        using TrainingScene scene = new();
        configuration = configuration with { Network = configuration.Network with { StochasticDepth = 0 } };
        (float Loss, float[][] Gradients) Take(long budget)
        {
            scene.Device.ActivationBudget = budget;
            using StudentTeacher training = scene.Training(configuration);
            float loss = training.Step(scene.Batch(0, configuration.GlobalViews), TrainingScene.Settings(0)).ReadLoss();
            return (loss, [.. training.Student.Parameters.Parameters.Where(parameter => parameter.RequiresGradient)
                .Select(parameter => scene.Device.Read(parameter.Gradient))]);
        }

        (float Loss, float[][] Gradients) whole = Take(long.MaxValue);
        int token = configuration.Network.Backbone.Width * configuration.Network.Backbone.Depth * 16 * sizeof(float);
        foreach (long budget in (long[])[1, token * 100, token * 250])
        {
            (float Loss, float[][] Gradients) parts = Take(budget);
            Assert.That(parts.Loss, Is.EqualTo(whole.Loss).Within(1e-5 * Math.Abs(whole.Loss)));
            foreach ((float[] one, float[] other) in whole.Gradients.Zip(parts.Gradients))
            {
                double norm = Math.Sqrt(one.Sum(value => (double)value * value)), error = one.Zip(other, (a, b) => Math.Abs(a - b)).Max();
                Assert.That(!(error <= 2e-5 * norm), Is.False, $"{error} of {norm} with {budget} bytes");
            }
        }
    }

    [Test]
    public void A_smaller_budget_takes_less_memory()
    {
        using TrainingScene scene = new();
        long Taken(long budget)
        {
            scene.Device.ActivationBudget = budget;
            using StudentTeacher training = scene.Training();
            TrainingBatch batch = new(64, 3, scene.Pictures(192, TrainingScene.GlobalSize), scene.Pictures(384, TrainingScene.LocalSize));
            training.Step(batch, TrainingScene.Settings(0));
            return training.ActivationBytes;
        }

        Assert.That(Taken(1 << 20), Is.LessThan(Taken(long.MaxValue) / 2));
    }

    [Test]
    public void Learning_one_batch_lowers_its_loss()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training(
            TrainingScene.Configuration with { Network = TrainingScene.Configuration.Network with { StochasticDepth = 0 } });
        TrainingBatch batch = scene.Batch(0);
        int[] heads = [0, 1, 0, 1];
        float[] losses = [.. Enumerable.Range(0, 20).Select(step =>
            training.Step(batch, TrainingScene.Settings(step) with { Heads = heads, TeacherMomentum = 1 }).ReadLoss())];
        Assert.That(losses[^1], Is.LessThan(0.8 * losses[0]), "the teacher stands still, so the student comes nearer");
    }

    [Test]
    public void Local_view_0_counts_unless_the_released_code_is_followed([Values] bool skips)
    {
        using TrainingScene scene = new();
        TrainingBatch batch = scene.Batch(0);
        TrainingConfiguration configuration = TrainingScene.Configuration with { Fidelity = new Fidelity { SkipsFirstLocalView = skips } };
        Assert.That(
            Loss(scene, configuration, scene.Altered(batch, locals: true, view: 0)) == Loss(scene, configuration, batch),
            Is.EqualTo(skips));
    }

    /// <summary>On the teacher's very crop the student would learn a shortcut.</summary>
    [Test]
    public void Without_masks_the_student_sees_a_second_crop_and_the_teacher_the_first([Values(0, 1)] int altered)
    {
        using TrainingScene scene = new();
        TrainingConfiguration configuration = TrainingScene.Configuration with { Tracker = new(2, Masking.Off) };
        TrainingBatch batch = scene.Batch(0, 2), other = scene.Altered(batch, locals: false, altered);
        using StudentTeacher one = scene.Training(configuration), two = scene.Training(configuration);
        StepResult first = one.Step(batch, TrainingScene.Settings(0)), second = two.Step(other, TrainingScene.Settings(0));
        Assert.That(second.ReadTeacherLogits().SequenceEqual(first.ReadTeacherLogits()), Is.EqualTo(altered == 1));
        Assert.That(second.ReadLoss(), Is.Not.EqualTo(first.ReadLoss()));
        Assert.That(first.ReadMasks(), Is.Empty);
    }

    [Test]
    public void Soft_masks_reach_their_maximum_of_one()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training(
            TrainingScene.Configuration with { Fidelity = new Fidelity { Mask = MaskKind.Soft } });
        float[] masks = training.Step(scene.Batch(0), TrainingScene.Settings(0)).ReadMasks();
        int patches = masks.Length / (TrainingScene.Clips * TrainingScene.Frames * 2);
        foreach (float[] mask in masks.Chunk(patches))
        {
            Assert.That(mask.Max(), Is.EqualTo(1).Within(1e-6));
            Assert.That(mask.Min(), Is.GreaterThan(0).And.LessThan(1));
        }
    }

    [Test]
    public void The_last_layer_stands_still_while_frozen([Values] bool frozen)
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training();
        Parameter[] last = [.. training.Student.Parameters.Parameters.Where(parameter =>
            parameter.Name.Contains(DinoHead.LastLayer, StringComparison.Ordinal))];
        float[] before = [.. last.SelectMany(parameter => scene.Device.Read(parameter.Data))];
        training.Step(scene.Batch(0), TrainingScene.Settings(0) with { FreezesLastLayer = frozen });
        Assert.That(last, Has.Length.EqualTo(2));
        Assert.That(last.SelectMany(parameter => scene.Device.Read(parameter.Data)).SequenceEqual(before), Is.EqualTo(frozen));
    }

    [Test]
    public void Results_are_read_in_time_or_refused()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training();
        StepResult first = training.Step(scene.Batch(0), TrainingScene.Settings(0));
        float loss = first.ReadLoss();
        Assert.That(first.ReadGradientNorms(), Has.Length.EqualTo(training.Student.Parameters.Parameters.Count).And.All.Positive);
        Assert.That(
            first.ReadTeacherEntropy(), Has.Length.EqualTo(TrainingScene.Clips * TrainingScene.Frames).And.All.InRange(0, Math.Log(32)));
        for (int step = 1; step < StudentTeacher.LossesKept; step++)
        {
            training.Step(scene.Batch(step), TrainingScene.Settings(step));
        }

        Assert.That(first.ReadLoss(), Is.EqualTo(loss), "a loss may be read late");
        Assert.That(() => first.ReadMasks(), Throws.InvalidOperationException);
        training.Step(scene.Batch(9), TrainingScene.Settings(9));
        Assert.That(() => first.ReadLoss(), Throws.InvalidOperationException);
    }

    [Test]
    public void A_batch_without_the_second_crop_is_refused()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training(TrainingScene.Configuration with { Method = TrainingMethod.Dino });
        Assert.That(
            () => training.Step(scene.Batch(0), TrainingScene.Settings(0)), Throws.ArgumentException.With.Message.Contains("2 are needed"));
    }

    [Test]
    public void Gradients_and_the_teachers_mean_pass_the_communicator()
    {
        using TrainingScene scene = new();
        RecordingCommunicator communicator = new();
        using StudentTeacher training = scene.Training(communicator: communicator), alone = scene.Training();
        StepResult step = training.Step(scene.Batch(0), TrainingScene.Settings(0));
        StepResult other = alone.Step(scene.Batch(0), TrainingScene.Settings(0));
        Assert.That(
            communicator.Averaged,
            Is.EqualTo((long[])[training.Student.Parameters.Length, TrainingScene.Configuration.Network.Head.Outputs]));
        Assert.That(step.ReadMasks(), Is.Not.EqualTo(other.ReadMasks()), "another rank's clips draw other heads");
    }

    [Test]
    public void Impossible_sizes_are_refused_in_a_sentence()
    {
        TrainingConfiguration good = TrainingScene.Configuration;
        VisionTransformerConfiguration backbone = good.Network.Backbone;
        Assert.That(() => (good with { Tracker = new(4) }).Validate(), Throws.TypeOf<UserException>().With.Message.Contains("4 objects"));
        Assert.That(
            () => (backbone with { Heads = 5 }).Validate(), Throws.TypeOf<UserException>().With.Message.Contains("multiple of the heads"));
        Assert.That(
            () => (backbone with { ImageSize = 18 }).Validate(), Throws.TypeOf<UserException>().With.Message.Contains("patches of 4"));
        Assert.That(() => backbone.GridOf(0, 4), Throws.TypeOf<UserException>());
        Assert.That(() => new DinoHeadConfiguration(0).Validate(), Throws.TypeOf<UserException>());
        good.Validate();
    }

    private static float Loss(TrainingScene scene, TrainingConfiguration configuration, TrainingBatch batch)
    {
        using StudentTeacher training = scene.Training(configuration);
        return training.Step(batch, TrainingScene.Settings(0)).ReadLoss();
    }

    private static float[] Run(TrainingScene scene, TrainingConfiguration configuration, int steps)
    {
        using StudentTeacher training = scene.Training(configuration);
        Steps(scene, training, configuration, 0, steps);
        return TrainingScene.State(training);
    }

    private static void Steps(TrainingScene scene, StudentTeacher training, TrainingConfiguration configuration, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            training.Step(scene.Batch(step, configuration.GlobalViews), TrainingScene.Settings(step));
        }
    }

    private sealed class RecordingCommunicator : Communicator
    {
        public List<long> Averaged { get; } = [];

        public override int Rank => 1;

        public override int Size => 2;

        public override void Average(DeviceSpan span) => Averaged.Add(span.Length);
    }
}
