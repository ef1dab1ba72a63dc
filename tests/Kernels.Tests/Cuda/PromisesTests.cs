using DoRA.Kernels.Augment;
using DoRA.Kernels.DinoLoss;
using DoRA.Kernels.ObjectTracker;
using DoRA.Kernels.Sinkhorn;
using DoRA.Kernels.TokenAssembly;
using DoRA.Model;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>
/// What the kernels that memory bounds promise at the widths of real networks, as the PTX machine counts it, in bfloat16: how often they
/// are launched, how often they pass over their operands, that warps use the sectors they touch and meet no bank twice.
/// </summary>
public sealed class PromisesTests
{
    private const int Width = 384, Patches = 49;

    [Test]
    public void Layer_norm_reads_and_writes_each_element_once()
    {
        const int rows = 40;
        const long elements = rows * Width, activations = elements * sizeof(ushort);
        LaunchReport[] launches = Run((bench, kernels) =>
        {
            TestNumbers numbers = new(1);
            DeviceSpan x = bench.Activations(numbers.Uniform(rows * Width)), y = bench.UndefinedActivations(elements),
                weight = bench.Upload(numbers.Uniform(Width)), bias = bench.Upload(numbers.Uniform(Width)),
                mean = bench.Undefined(rows), rstd = bench.Undefined(rows);
            kernels.LayerNorm.Forward(y, mean, rstd, x, weight, bias, rows, Width, 1e-6f);
            kernels.LayerNorm.Backward(y, bench.Undefined(Width), bench.Undefined(Width),
                bench.Activations(numbers.Uniform(rows * Width)), x, mean, rstd, weight, rows, Width,
                accumulateInput: true, accumulateWeights: false);
        });
        Assert.That(launches, Has.Length.EqualTo(3));
        IsCoalesced(launches);
        // x and y; weight and bias, which the caches serve; two statistics a row.
        Assert.That(launches[0].Counts.GlobalBytes,
            Is.EqualTo((2 * activations) + (2 * elements * sizeof(float)) + (2 * rows * sizeof(float))));
        // dY, x, and dX read and written; weight; the statistics, which all lanes ask for; the groups' sums.
        Assert.That(launches[1].Counts.GlobalBytes, Is.EqualTo((4 * activations) + (elements * sizeof(float))
            + (2 * rows * 32 * sizeof(float)) + (2L * launches[1].Grid.Count * Width * sizeof(float))));
    }

    [Test]
    public void Every_other_kernel_of_rows_uses_the_sectors_it_touches()
    {
        TokenAssemblySize size = new(17, 2, Patches, Width);
        int length = size.Views * size.Tokens * Width;
        LaunchReport[] launches = Run((bench, kernels) =>
        {
            TestNumbers numbers = new(2);
            DeviceSpan tokens = bench.UndefinedActivations(length),
                embeddings = bench.Activations(numbers.Uniform(size.Frames * Patches * Width)),
                masks = bench.Upload(numbers.Uniform(size.Views * Patches, 0)), bias = bench.Upload(numbers.Uniform(Width)),
                cls = bench.Upload(numbers.Uniform(Width)), position = bench.Upload(numbers.Uniform(size.Tokens * Width));
            kernels.TokenAssembly.Forward(tokens, embeddings, masks, bias, cls, position, size);
            kernels.TokenAssembly.Backward(embeddings, bias, cls, position, tokens, masks, size, accumulate: true);
            DeviceSpan row = bench.UndefinedActivations(size.Views * Width), inverse = bench.Undefined(size.Views);
            kernels.ClsToken.Forward(row, tokens, size.Views, size.Tokens, Width);
            kernels.L2Normalize.Forward(row, inverse, row, size.Views, Width);
            kernels.L2Normalize.Backward(row, row, row, inverse, size.Views, Width);
            kernels.ClsToken.Backward(tokens, row, size.Views, size.Tokens, Width, accumulate: true);
            kernels.ClsToken.Backward(tokens, row, size.Views, size.Tokens, Width, accumulate: false);
            DeviceSpan v = bench.Activations(numbers.Uniform(64 * 256)), g = bench.Upload(numbers.Uniform(64)), scale = bench.Undefined(64);
            kernels.WeightNorm.Forward(scale, v, g, 64, 256);
            kernels.WeightNorm.Backward(bench.Upload(numbers.Uniform(64 * 256)), scale, v, g, 64, 256);
            bench.Device.Copy(tokens.Slice(0, length / 2), tokens.Slice(length / 2));
            bench.Device.Clear(tokens);
        });
        IsCoalesced(launches);
        // dTokens once, dEmbeddings once, a mask for every element; the runs' sums.
        LaunchReport backward = launches.Single(launch => launch.Kernel.Contains("Gradients", StringComparison.Ordinal));
        long sums = (long)backward.Grid.Y * (size.Tokens + Patches) * Width * sizeof(float);
        Assert.That(backward.Counts.GlobalBytes, Is.LessThanOrEqualTo(
            ((length + (long)(size.Frames * Patches * Width)) * sizeof(ushort)) + (length * sizeof(float) / 4) + sums));
    }

    [Test]
    public void The_tracker_takes_four_launches_and_sinkhorn_one()
    {
        ObjectTrackerSize size = new(2, 2, 3, 196, Width, 3);
        LaunchReport[] launches = Run((bench, kernels) =>
        {
            TestNumbers numbers = new(3);
            int objects = size.Clips * size.Objects;
            RowSpan packed = new(bench.Activations(numbers.Uniform(size.Clips * size.Frames * size.Tokens * 2 * Width)), 2 * Width);
            DeviceSpan prototypes = bench.Undefined(objects * Width), refined = bench.Undefined(objects * Width),
                shares = bench.Undefined(objects * size.Patches), similarity = bench.Undefined(objects * size.Patches),
                maps = bench.Undefined(objects * size.Frames * size.Patches),
                cls = bench.Upload(numbers.Uniform(size.Clips * size.Frames * size.Heads * size.Tokens, 0)),
                tokens = bench.Activations(numbers.Uniform(size.Clips * size.Tokens * Width));
            kernels.ObjectTracker.Prototypes(prototypes, cls, bench.Upload([0, 1, 2, 2, 0, 1]), packed, size);
            kernels.ObjectTracker.Assign(refined, shares, similarity, bench.Undefined(size.Clips * size.Patches * Width), prototypes,
                tokens, size, 0.05f, 30);
            kernels.ObjectTracker.TrackingMaps(maps, refined, packed, size);
            kernels.ObjectTracker.Masks(bench.Undefined(maps.Length), maps, size, MaskThreshold.PerBatch, MaskKind.Hard);
            kernels.Sinkhorn.Forward(shares, similarity, new SinkhornSize(size.Clips, size.Patches, size.Objects), 0.05f, 30);
        });
        Assert.That(launches, Has.Length.EqualTo(5), "prototypes, assignment, maps, masks; and Sinkhorn by itself");
        IsCoalesced([launches[0], launches[2], launches[3]]);
        HasNoConflicts(launches);
    }

    [Test]
    public void The_loss_passes_twice_over_the_student_s_logits_and_stores_no_probabilities()
    {
        const int outputs = 8192;
        DinoLossWeights weights = DinoLossWeights.Dora(1, 2, 3, 2, false, false);
        int students = weights.StudentRows.Length, teachers = weights.TeacherRows.Length;
        LaunchReport[] launches = Run((bench, kernels) =>
        {
            TestNumbers numbers = new(4);
            DeviceSpan student = bench.Activations(numbers.Uniform(students * outputs)), center = bench.Upload(numbers.Uniform(outputs)),
                mean = bench.Undefined(outputs);
            DinoLossPairs pairs = new(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup, bench.Upload(weights.TeacherRows),
                bench.Upload(weights.StudentRows), bench.Upload(weights.Weights));
            kernels.DinoLoss.Forward(bench.Undefined(1), student, mean, bench.Undefined(teachers), student,
                bench.Activations(numbers.Uniform(teachers * outputs)), center, pairs, students, teachers, outputs, 0.1f, 0.04f);
            kernels.DinoLoss.UpdateCenter(center, mean, outputs, 0.9f);
        });
        Assert.That(launches, Has.Length.EqualTo(5));
        IsCoalesced([launches[0], launches[1], launches[2], launches[4]]);
        HasNoConflicts(launches);
        // A column's bytes: the student's logits twice and their gradient, the teacher's three times, the center for each teacher row and each
        // group, mean, and center with it. And for each four of them what all threads share and caches serve: a row's number, weight and
        // two statistics. Sums that groups leave each other are less than a fiftieth.
        long bytes = (((3L * students) + (3L * teachers)) * sizeof(ushort)) + (((2L * teachers) + 4) * sizeof(float))
            + (((4L * students) + (3L * teachers)) * sizeof(float) / 4);
        Assert.That(launches.Sum(launch => launch.Counts.GlobalBytes), Is.InRange(bytes * outputs, 1.02 * bytes * outputs));
        // All that is written: the gradient, mean and center; sums and losses are less than a tenth.
        Assert.That(launches.Sum(launch => launch.Counts.DistinctWrittenBytes),
            Is.InRange(outputs * ((2L * students) + 8), 1.1 * outputs * ((2L * students) + 8)));
    }

    [Test]
    public void Optimiser_clip_and_teacher_take_two_launches_and_touch_each_number_once()
    {
        const int length = 40000;
        DeviceSpan weights = default, teacher = default;
        LaunchReport[] launches = Run((bench, kernels) =>
        {
            TestNumbers numbers = new(5);
            weights = bench.Device.AllocateWeights(length);
            teacher = bench.Device.AllocateWeights(length);
            bench.Device.Upload<float>(weights, numbers.Uniform(length));
            bench.Device.Upload<float>(teacher, numbers.Uniform(length));
            kernels.AdamW.Step(bench.Undefined(2), new(weights, bench.Upload(numbers.Uniform(length)), bench.Upload(new float[length]),
                bench.Upload(new float[length]), teacher), [new(0, 39000, true, 1), new(39008, 992, false, 1)],
                new(0.002, 0.3, 0.9, 0.999, 1e-8, 0.5, 0.99));
            weights.Buffer.Dispose();
            teacher.Buffer.Dispose();
        })[^2..];
        Assert.That(launches.Select(launch => launch.Kernel), Has.One.Contains("SquareSums").And.One.Contains("Update"));
        IsCoalesced(launches);
        // Gradients once for the norms; then five buffers read, four written, and two copies in bfloat16. Tables are less than a tenth.
        const long numbers = length - 8;
        Assert.That(launches.Sum(launch => launch.Counts.GlobalBytes), Is.InRange(numbers * 44, 1.1 * numbers * 44));
    }

    [Test]
    public void Augmentation_takes_three_launches_and_a_pass_more_for_a_contrast()
    {
        FrameFormat format = new(96, 80, 1, 1, 8, false, ColorMatrix.Bt709, 0);
        PictureSize crop = new(64, 72), view = new(64, 64);
        ViewRecipe plain = new()
        {
            Box = new(2, 3, 60, 62),
            Filter = ResizeFilter.Bicubic,
            Color1 = new(ColorOperation.Hue, 0.1f),
            Color2 = new(ColorOperation.Saturation, 1.2f),
            Grayscale = true,
        };
        long Finish(ViewRecipe recipe)
        {
            LaunchReport[] launches = Run((bench, kernels) =>
            {
                byte[] frame = new byte[format.Bytes];
                new Random(1).NextBytes(frame);
                DeviceSpan crops = bench.Undefined(3 * crop.Pixels);
                kernels.Augment.CropFrames(crops, bench.Upload(frame), [new(0, format, new(4, 5, 70, 88))], crop);
                kernels.Augment.MakeViews(bench.Undefined(3 * view.Pixels), crops, [recipe], crop, view);
            });
            Assert.That(launches, Has.Length.EqualTo(3));
            // Crops gather: what neighbours read overlaps, but does not begin where sectors do.
            HasNoConflicts(launches);
            IsCoalesced(launches[1..]);
            return launches[2].Counts.GlobalBytes;
        }

        // Every pass reads and writes three planes; the recipe is read by every thread.
        long pass = 2L * 3 * view.Pixels * sizeof(float), table = 512 * 96;
        Assert.That(Finish(plain), Is.InRange(pass, pass + table));
        Assert.That(Finish(plain with { Color3 = new(ColorOperation.Contrast, 0.7f) }), Is.InRange(2 * pass, (2 * pass) + table));
    }

    private static LaunchReport[] Run(Action<CudaBench, KernelCatalogue> run)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        run(bench, bench.Device.Kernels);
        return [.. bench.Launches];
    }

    private static void IsCoalesced(IEnumerable<LaunchReport> launches)
    {
        foreach (LaunchReport launch in launches)
        {
            KernelCounts counts = launch.Counts;
            Assert.That(counts.IdealGlobalSectors >= 0.9 * counts.GlobalSectors, launch.ToText(Card.H200));
        }

        HasNoConflicts(launches);
    }

    private static void HasNoConflicts(IEnumerable<LaunchReport> launches)
    {
        foreach (LaunchReport launch in launches)
        {
            Assert.That(launch.Counts.SharedPasses, Is.EqualTo(launch.Counts.IdealSharedPasses), launch.ToText(Card.H200));
        }
    }
}
