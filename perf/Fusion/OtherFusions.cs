using DoRA.Kernels;
using DoRA.Kernels.AdamW;
using DoRA.Kernels.Augment;
using DoRA.Kernels.DinoLoss;
using DoRA.Kernels.ObjectTracker;
using DoRA.Kernels.Sinkhorn;
using DoRA.Kernels.Tests.Cuda;
using DoRA.Model;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Fusion;

/// <summary>The loss, Sinkhorn-Knopp and the tracker around it, the optimiser, the views.</summary>
internal static class OtherFusions
{
    private const int Outputs = 16384, Iterations = 30;
    private const float StudentTemperature = 0.1f, TeacherTemperature = 0.04f, Sharpness = 0.05f;

    private static readonly SinkhornSize Plans = new(2, 196, 3);

    private static readonly AdamWSettings Settings = new(5e-4, 0.04, 0.9, 0.999, 1e-8, 3, 0.996);

    public static IEnumerable<FusionCase> All =>
    [
        new("loss, gradient, center's mean", $"18+2×{Outputs}", Loss), new("Sinkhorn-Knopp", $"{Plans.Batch}×{Plans.Patches}×{Plans.Objects}, {Iterations} times", Sinkhorn),
        new("tracker: similarity, Sinkhorn, refinement", $"{Plans.Batch}×{Plans.Patches}×384, {Plans.Objects} objects", Tracker),
        new("AdamW, clip, EMA", "8 tensors of 147,456 and of 384", Optimizer), new("view: four colour steps, blur, normalise", "250×250→224×224", View),
    ];

    private static FusionWork Loss(FusionBench bench)
    {
        DinoLossWeights weights = DinoLossWeights.Dora(1, 2, 3, 6, false, false);
        (int students, int teachers) = (weights.StudentRows.Length, weights.TeacherRows.Length);
        DeviceSpan student = bench.Memory.Activations(CheckNumbers.Uniform(50, (long)students * Outputs)),
            teacher = bench.Memory.Activations(CheckNumbers.Uniform(51, (long)teachers * Outputs)), center = bench.Memory.Floats(CheckNumbers.Uniform(52, Outputs, 0.1f)),
            gradient = bench.Memory.EmptyActivations(student.Length), chained = bench.Memory.EmptyActivations(student.Length),
            mean = bench.Memory.EmptyFloats(Outputs), value = bench.Memory.EmptyFloats(1);
        DeviceSpan teacherRows = bench.Memory.Integers(weights.TeacherRows), studentRows = bench.Memory.Integers(weights.StudentRows),
            shares = bench.Memory.Floats(weights.Weights);
        DinoLossPairs pairs = new(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup, teacherRows, studentRows, shares);
        DeviceSpan p = bench.Memory.EmptyFloats(teacher.Length), logQ = bench.Memory.EmptyFloats(student.Length), losses = bench.Memory.EmptyFloats(students),
            teacherOf = bench.Memory.Integers([.. Enumerable.Range(0, students).Select(item => weights.TeacherRows[item / weights.StudentsPerGroup])]);
        return new(
            () => bench.Kernels.DinoLoss.Forward(
                value, gradient, mean, default, student, teacher, center, pairs, students, teachers, Outputs, StudentTemperature, TeacherTemperature),
            () =>
            {
                bench.Rows(LadderKernels.Softmax, teachers, p, teacher, center, Outputs, 1 / TeacherTemperature, false);
                bench.Rows(LadderKernels.Softmax, students, logQ, student, default(DeviceSpan), Outputs, 1 / StudentTemperature, true);
                bench.Rows(LadderKernels.CrossEntropy, students, losses, p, logQ, teacherOf, studentRows, shares, Outputs);
                bench.Rows(LadderKernels.Gradient, students, chained, p, logQ, teacherOf, studentRows, shares, Outputs, 1 / StudentTemperature);
                bench.Each(FusionKernels.ColumnSums, Outputs, mean, teacher, teachers);
            },
            gradient, chained);
    }

    private static FusionWork Sinkhorn(FusionBench bench)
    {
        int length = Plans.Batch * Plans.Patches * Plans.Objects;
        DeviceSpan similarity = bench.Memory.Floats(CheckNumbers.Uniform(42, length)), assignment = bench.Memory.EmptyFloats(length),
            chained = bench.Memory.EmptyFloats(length), plan = bench.Memory.EmptyFloats(2L * length), sums = bench.Memory.EmptyFloats(2L * Plans.Batch * Plans.Patches);
        return new(
            () => bench.Kernels.Sinkhorn.Forward(assignment, similarity, Plans, Sharpness, Iterations),
            () =>
            {
                // The exponentials are the engine's, of no iterations.
                bench.Kernels.Sinkhorn.Forward(chained, similarity, Plans, Sharpness, 0);
                KernelArgument doubles = KernelArgument.View(plan.Address(), length), lines = KernelArgument.View(sums.Address(), Plans.Batch * Plans.Patches);
                bench.Kernel(CopyTransposed).Launch(CudaDevice.Groups(length), CudaDevice.GroupSize, doubles, chained, KernelArgument.Of(Plans), false);
                for (int iteration = 0; iteration < Iterations; iteration++)
                {
                    foreach (bool ofRows in (bool[])[true, false])
                    {
                        bench.Kernel(LadderKernels.PlanSums).Launch(CudaDevice.Groups(Plans.Batch * (ofRows ? Plans.Objects : Plans.Patches)),
                            CudaDevice.GroupSize, lines, doubles, KernelArgument.Of(Plans), ofRows);
                        bench.Kernel(LadderKernels.PlanScale).Launch(
                            CudaDevice.Groups(length), CudaDevice.GroupSize, doubles, lines, KernelArgument.Of(Plans), ofRows);
                    }
                }

                bench.Kernel(CopyTransposed).Launch(CudaDevice.Groups(length), CudaDevice.GroupSize, doubles, chained, KernelArgument.Of(Plans), true);
            },
            assignment, chained);
    }

    private static FusionWork Tracker(FusionBench bench)
    {
        ObjectTrackerSize size = new(Plans.Batch, 8, 6, Plans.Patches, 384, Plans.Objects);
        ObjectTrackerKernels kernels = bench.Kernels.ObjectTracker;
        DeviceSpan prototypes = bench.Memory.Floats(CheckNumbers.Uniform(43, size.Clips * size.Objects * size.Width, 0.25f)),
            tokens = bench.Memory.Activations(CheckNumbers.Uniform(44, (long)size.Clips * size.Tokens * size.Width)),
            refined = bench.Memory.EmptyFloats(prototypes.Length), chained = bench.Memory.EmptyFloats(prototypes.Length),
            similarity = bench.Memory.EmptyFloats(size.Clips * size.Patches * size.Objects), assignment = bench.Memory.EmptyFloats(similarity.Length),
            normalized = bench.Memory.EmptyFloats((long)size.Clips * size.Patches * size.Width);
        return new(
            () => kernels.Assign(refined, assignment, similarity, normalized, prototypes, tokens, size, Sharpness, Iterations),
            () =>
            {
                kernels.Similarity(similarity, normalized, prototypes, tokens, size);
                bench.Kernels.Sinkhorn.Forward(assignment, similarity, Plans, Sharpness, Iterations);
                kernels.Refine(chained, assignment, normalized, size);
            },
            refined, chained);
    }

    private static FusionWork Optimizer(FusionBench bench)
    {
        const int large = 384 * 384, small = 384, step = 5;
        AdamWSegment[] segments = [.. Enumerable.Range(0, 8).SelectMany(i => (AdamWSegment[])
            [new((long)i * (large + small), large, true, step), new(((long)i * (large + small)) + large, small, false, step)])];
        long length = 8 * (large + small);
        DeviceSpan[] State() => [.. Enumerable.Range(0, 5).Select(i =>
            bench.Memory.Floats(i == 3 ? CheckNumbers.Positive(53, length) : CheckNumbers.Uniform(53 + i, length)))];
        DeviceSpan[] ours = State(), theirs = State();
        DeviceSpan norms = bench.Memory.EmptyFloats(segments.Length);
        return new(
            () => bench.Kernels.AdamW.Step(norms, new(ours[0], ours[1], ours[2], ours[3], ours[4]), segments, Settings),
            () =>
            {
                foreach (AdamWSegment segment in segments)
                {
                    DeviceSpan[] part = [.. theirs.Select(span => span.Slice(segment.Offset, segment.Length))];
                    (DeviceSpan w, DeviceSpan g, DeviceSpan m, DeviceSpan v, DeviceSpan teacher) = (part[0], part[1], part[2], part[3], part[4]);
                    bench.Rows(FusionKernels.Norm, 1, norms, g, segment.Length);
                    bench.Each(FusionKernels.Clip, segment.Length, g, norms, (float)Settings.ClipNorm);
                    Blend(w, w, 1 - (segment.WeightDecay ? Settings.LearningRate * Settings.WeightDecay : 0), 0);
                    Blend(m, g, Settings.Beta1, 1 - Settings.Beta1);
                    Blend(v, g, Settings.Beta2, 1 - Settings.Beta2, squared: true);
                    bench.Each(FusionKernels.Update, segment.Length, w, m, v, (float)(Settings.LearningRate / (1 - Math.Pow(Settings.Beta1, step))),
                        (float)Math.Sqrt(1 - Math.Pow(Settings.Beta2, step)), (float)Settings.Epsilon);
                    Blend(teacher, w, Settings.TeacherMomentum, 1 - Settings.TeacherMomentum);
                }
            },
            ours[4], theirs[4]);

        void Blend(DeviceSpan x, DeviceSpan y, double a, double b, bool squared = false) =>
            bench.Each(FusionKernels.Blend, x.Length, x, y, (float)a, (float)b, squared);
    }

    private static FusionWork View(FusionBench bench)
    {
        PictureSize crop = new(300, 300), view = new(224, 224);
        ColorStep[] colors =
        [
            new(ColorOperation.Brightness, 1.2f), new(ColorOperation.Contrast, 0.8f), new(ColorOperation.Saturation, 1.1f), new(ColorOperation.Hue, 0.05f),
        ];
        ViewRecipe recipe = new()
        {
            Box = new(3, 5, 250, 250), Filter = ResizeFilter.Bicubic, Flip = true, BlurRadius = 1, Color1 = colors[0], Color2 = colors[1], Color3 = colors[2],
            Color4 = colors[3],
        };
        DeviceSpan picture = bench.Memory.Floats(CheckNumbers.Positive(61, 3L * crop.Pixels)), result = bench.Memory.EmptyFloats(3L * view.Pixels),
            chained = bench.Memory.EmptyFloats(3L * view.Pixels), other = bench.Memory.EmptyFloats(3L * view.Pixels);
        CudaColors normal = CudaColors.OfContract(), none = normal with { RedScale = 1, RedOffset = 0, GreenScale = 1, GreenOffset = 0, BlueScale = 1, BlueOffset = 0 };
        CudaRecipe Only(ColorStep color = default, float blur = 0) => CudaRecipe.Of(recipe with
        {
            Color1 = color, Color2 = default, Color3 = default, Color4 = default, BlurRadius = blur,
        });
        CudaResizeTile tile = CudaResizeTile.Fitting(CudaResize.Taps(250, 224), CudaResize.Taps(250, 224), 250.0 / 224, 250.0 / 224);
        return new(
            () => bench.Kernels.Augment.MakeViews(result, picture, [recipe], crop, view),
            () =>
            {
                bench.Kernel(CudaResize.Resize).LaunchShared((tile.Count(view), 1), CudaResize.GroupSize, tile.SharedBytes, chained, picture, Table(Only()),
                    KernelArgument.Of(crop), KernelArgument.Of(view), KernelArgument.Of(tile));
                foreach (ColorStep color in colors)
                {
                    Finish(Only(color), none);
                }

                Finish(Only(blur: recipe.BlurRadius), none);
                Finish(Only(), normal);
            },
            result, chained);

        void Finish(CudaRecipe one, CudaColors with) => bench.Kernel(CudaView.Finish).Launch(
            1, CudaView.GroupSize, chained, other, Table(one), KernelArgument.Of(view), KernelArgument.Of(with));

        KernelArgument Table(CudaRecipe one) => bench.Device.Table<CudaRecipe>([one], "one recipe");
    }

    /// <summary>The plan as the chain has it, [objects, patches] in float64, and back to [patches, objects].</summary>
    private static void CopyTransposed(ILGPU.ArrayView<double> plan, ILGPU.ArrayView<float> assignment, SinkhornSize size, int back)
    {
        int i = ILGPU.Grid.GlobalIndex.X, plans = size.Objects * size.Patches;
        if (i >= size.Batch * plans)
        {
            return;
        }

        int at = (i / plans * plans) + (i % size.Patches * size.Objects) + (i % plans / size.Patches);
        if (back != 0)
        {
            assignment[at] = (float)(plan[i] * size.Patches);
        }
        else
        {
            plan[i] = assignment[at];
        }
    }
}
