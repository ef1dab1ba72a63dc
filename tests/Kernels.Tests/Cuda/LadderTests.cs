using DoRA.Kernels.Attention;
using DoRA.Kernels.DinoLoss;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Sinkhorn;
using DoRA.Model;
using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>
/// The rungs of docs/kernels/attention.md, loss.md and sinkhorn.md: each gives the same result, and moves what the tables there say. The
/// tables are this test's output.
/// </summary>
public sealed class LadderTests
{
    private const float StudentTemperature = 0.1f, TeacherTemperature = 0.04f;

    [Test]
    public void The_loss_moves_less_from_rung_to_rung()
    {
        const int outputs = 65536;
        DinoLossWeights weights = DinoLossWeights.Dora(1, 2, 3, 6, false, false);
        (Rung chain, float[] chained) = Loss(weights, outputs, Chain);
        // 65,535 columns do not come by fours.
        (Rung ones, _) = Loss(weights, outputs - 1, Fused);
        (Rung fours, float[] fused) = Loss(weights, outputs, Fused);
        Print("chain of operations", chain, "two passes, an element a lane", ones, "four elements a lane", fours);

        // Gradients below 2/τ; softmaxes of 65,536 terms in different orders, and one rounding to bfloat16.
        Agreement.Near("gradient", fused, Agreement.Wide(chained), 1e-4, 2 * Agreement.BFloat16Rounding);
        Assert.That(fours.Bytes, Is.LessThan(0.5 * chain.Bytes));
        Assert.That(fours.Written, Is.LessThan(0.4 * chain.Written), "no probabilities");
        Assert.That(fours.IssueSlots, Is.LessThan(0.6 * Math.Min(ones.IssueSlots, chain.IssueSlots)));
    }

    [Test]
    public void Sinkhorn_needs_one_launch_and_leaves_the_plan_where_it_is()
    {
        SinkhornSize size = new(8, 196, 3);
        const int iterations = 30;
        (Rung chain, float[] chained) = Sinkhorn(size, (bench, assignment, similarity) =>
        {
            CudaDevice device = (CudaDevice)bench.Device;
            KernelArgument plan = Doubles(bench, size.Batch * size.Objects * size.Patches), sums = Doubles(bench, size.Batch * size.Patches);
            // The exponentials are the same in all versions: a chain of no iterations brings them.
            device.Kernel(CudaSinkhorn.InGlobal).Launch(size.Batch, CudaSinkhorn.GroupSize, assignment, similarity,
                Doubles(bench, size.Batch * CudaSinkhorn.Doubles(size)), KernelArgument.Of(size), CudaSinkhorn.Scale(0.05f), 0);
            device.Kernel(CopyTransposed).Launch(CudaDevice.Groups(size.Batch * size.Objects * size.Patches), CudaDevice.GroupSize, plan,
                assignment, KernelArgument.Of(size), false);
            CudaKernel sum = device.Kernel(LadderKernels.PlanSums), scale = device.Kernel(LadderKernels.PlanScale);
            for (int iteration = 0; iteration < iterations; iteration++)
            {
                for (int side = 0; side < 2; side++)
                {
                    bool ofRows = side == 0;
                    sum.Launch(CudaDevice.Groups(size.Batch * (ofRows ? size.Objects : size.Patches)), CudaDevice.GroupSize, sums, plan,
                        KernelArgument.Of(size), ofRows);
                    scale.Launch(CudaDevice.Groups(size.Batch * size.Objects * size.Patches), CudaDevice.GroupSize, plan, sums,
                        KernelArgument.Of(size), ofRows);
                }
            }

            device.Kernel(CopyTransposed).Launch(CudaDevice.Groups(size.Batch * size.Objects * size.Patches), CudaDevice.GroupSize, plan,
                assignment, KernelArgument.Of(size), true);
        });
        (Rung inGlobal, _) = Sinkhorn(size, (bench, assignment, similarity) => ((CudaDevice)bench.Device).Kernel(CudaSinkhorn.InGlobal).Launch(
            size.Batch, CudaSinkhorn.GroupSize, assignment, similarity, Doubles(bench, size.Batch * CudaSinkhorn.Doubles(size)),
            KernelArgument.Of(size), CudaSinkhorn.Scale(0.05f), iterations));
        (Rung inShared, float[] fused) = Sinkhorn(size, (bench, assignment, similarity) =>
            bench.Device.Kernels.Sinkhorn.Forward(assignment, similarity, size, 0.05f, iterations));
        Print("a launch an operation", chain, "one launch, plan in global memory", inGlobal, "plan in shared memory", inShared);

        // The chain's exponentials pass through float32 once; a relative error of each entry of one rounding, doubled by the quotient.
        Agreement.Near("assignment", fused, Agreement.Wide(chained), 8 * Agreement.Rounding);
        Assert.That(inShared.Launches, Is.EqualTo(1));
        // S is read twice, once for its largest value; the assignment is written once.
        Assert.That(inShared.Bytes, Is.LessThanOrEqualTo(4L * size.Batch * size.Patches * size.Objects * sizeof(float)));
        Assert.That(chain.Bytes, Is.GreaterThan(100 * inShared.Bytes));
    }

    [TestCase(197)]
    [TestCase(37)]
    public void Attention_moves_less_from_rung_to_rung(int tokens)
    {
        AttentionRungs chain = Attention(tokens, AttentionChain),
            general = Attention(tokens, (bench, operands, size) => Fused(new CudaAttention((CudaDevice)bench.Device), bench, operands, size)),
            tensor = Attention(tokens, (bench, operands, size) => Fused(bench.Device.Kernels.Attention, bench, operands, size));
        Print("forward: a launch an operation", chain.Forward, "fused", general.Forward, "fused, tensor cores", tensor.Forward,
            "backward: a launch an operation", chain.Backward, "fused", general.Backward, "fused, tensor cores", tensor.Backward);

        // Numbers below 1, sums of random signs; what is rounded to bfloat16 on the way differs from rung to rung.
        foreach (AttentionRungs fused in (AttentionRungs[])[general, tensor])
        {
            for (int i = 0; i < chain.Results.Length; i++)
            {
                Agreement.Near($"result {i}", fused.Results[i], Agreement.Wide(chain.Results[i]), 4 * Agreement.BFloat16Rounding);
            }
        }

        Assert.That(tensor.Forward.Launches, Is.EqualTo(1));
        Assert.That(tensor.Forward.Bytes, Is.LessThan(0.2 * chain.Forward.Bytes));
        Assert.That(tensor.Backward.Written, Is.LessThan(0.6 * chain.Backward.Written), "no probabilities");
        Assert.That(tensor.Forward.IssueSlots, Is.LessThan(0.2 * general.Forward.IssueSlots));
        Assert.That(tensor.Backward.IssueSlots, Is.LessThan(0.2 * general.Backward.IssueSlots));
    }

    private static AttentionRungs Attention(int tokens, Func<CudaBench, DeviceSpan[], AttentionSize, DeviceSpan[]> run)
    {
        using CudaBench bench = CudaBench.OnMachine(new() { Checks = false }, ElementType.BFloat16);
        TestNumbers numbers = new(4);
        AttentionSize size = new(1, tokens, tokens, 1, 64);
        DeviceSpan[] operands = [.. Enumerable.Range(0, 4).Select(_ => bench.Activations(numbers.Uniform(tokens * size.Width)))];
        float[][] results = [.. run(bench, operands, size).Select(bench.Download)];
        int forward = bench.Launches.Count == 8 ? 3 : 1;
        return new(Rung.Of([.. bench.Launches.Take(forward)]), Rung.Of([.. bench.Launches.Skip(forward)]), results);
    }

    private static DeviceSpan[] Fused(AttentionKernels attention, CudaBench bench, DeviceSpan[] operands, AttentionSize size)
    {
        RowSpan Rows(DeviceSpan span) => new(span, size.Width);
        RowSpan Undefined() => Rows(bench.UndefinedActivations(operands[0].Length));
        RowSpan query = Rows(operands[0]), key = Rows(operands[1]), value = Rows(operands[2]), dQuery = Undefined(), dKey = Undefined(),
            dValue = Undefined();
        DeviceSpan output = Undefined().Span, logSumExp = bench.Undefined(size.Queries);
        attention.Forward(output, logSumExp, default, query, key, value, size);
        attention.Backward(dQuery, dKey, dValue, operands[3], output, logSumExp, query, key, value, size);
        return [output, dQuery.Span, dKey.Span, dValue.Span];
    }

    private static DeviceSpan[] AttentionChain(CudaBench bench, DeviceSpan[] operands, AttentionSize size)
    {
        CudaDevice device = (CudaDevice)bench.Device;
        (DeviceSpan query, DeviceSpan key, DeviceSpan value, DeviceSpan dOutput) = (operands[0], operands[1], operands[2], operands[3]);
        int n = size.Tokens, d = size.HeadDim;
        DeviceSpan Rows() => bench.UndefinedActivations(n * d);
        DeviceSpan scores = bench.UndefinedActivations(n * n), p = bench.Undefined(n * n), dP = bench.Undefined(n * n);
        DeviceSpan output = Rows(), dQuery = Rows(), dKey = Rows(), dValue = Rows();
        void Product(Delegate kernel, DeviceSpan c, DeviceSpan a, int aRow, int aDepth, DeviceSpan b, int bDepth, int bColumn, int columns,
            int depth, float factor) =>
            device.Kernel(kernel).Launch(CudaDevice.Groups(n * columns), CudaDevice.GroupSize, c, a, aRow, aDepth, b, bDepth, bColumn, n,
                columns, depth, factor);
        Product(LadderKernels.Product<BFloat16, BFloat16, BFloat16>, scores, query, d, 1, key, 1, d, n, d, size.Scale);
        device.Kernel(LadderKernels.Softmax).Launch(n, CudaDevice.GroupSize, p, scores, default(DeviceSpan), n, 1f, false);
        Product(LadderKernels.Product<Float32, BFloat16, BFloat16>, output, p, n, 1, value, d, 1, d, n, 1);
        Product(LadderKernels.Product<Float32, BFloat16, BFloat16>, dValue, p, 1, n, dOutput, d, 1, d, n, 1);
        Product(LadderKernels.Product<BFloat16, BFloat16, Float32>, dP, dOutput, d, 1, value, 1, d, n, d, 1);
        device.Kernel(LadderKernels.SoftmaxGradient<Float32>).Launch(n, CudaDevice.GroupSize, dP, p, n);
        Product(LadderKernels.Product<Float32, BFloat16, BFloat16>, dQuery, dP, n, 1, key, d, 1, d, n, size.Scale);
        Product(LadderKernels.Product<Float32, BFloat16, BFloat16>, dKey, dP, 1, n, query, d, 1, d, n, size.Scale);
        return [output, dQuery, dKey, dValue];
    }

    private static (Rung, float[]) Loss(DinoLossWeights weights, int outputs,
        Action<CudaBench, DinoLossWeights, DeviceSpan, DeviceSpan, DeviceSpan, int> run)
    {
        using CudaBench bench = CudaBench.OnMachine(new() { Checks = false }, ElementType.BFloat16);
        TestNumbers numbers = new(3);
        DeviceSpan student = bench.Activations(numbers.Uniform(weights.StudentRows.Length * outputs)),
            teacher = bench.Activations(numbers.Uniform(weights.TeacherRows.Length * outputs));
        run(bench, weights, student, teacher, bench.Upload(numbers.Uniform(outputs, 0, 0.1f)), outputs);
        return (Rung.Of(bench.Launches), bench.Download(student));
    }

    private static void Fused(CudaBench bench, DinoLossWeights weights, DeviceSpan student, DeviceSpan teacher, DeviceSpan center, int outputs)
    {
        DinoLossPairs pairs = new(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup, bench.Upload(weights.TeacherRows),
            bench.Upload(weights.StudentRows), bench.Upload(weights.Weights));
        bench.Device.Kernels.DinoLoss.Forward(bench.Undefined(1), student, bench.Undefined(outputs), default, student, teacher, center, pairs,
            weights.StudentRows.Length, weights.TeacherRows.Length, outputs, StudentTemperature, TeacherTemperature);
    }

    private static void Chain(CudaBench bench, DinoLossWeights weights, DeviceSpan student, DeviceSpan teacher, DeviceSpan center, int outputs)
    {
        int students = weights.StudentRows.Length, teachers = weights.TeacherRows.Length;
        CudaDevice device = (CudaDevice)bench.Device;
        DeviceSpan p = bench.Undefined((long)teachers * outputs), logQ = bench.Undefined((long)students * outputs),
            teacherOf = bench.Upload([.. Enumerable.Range(0, students).Select(item => weights.TeacherRows[item / weights.StudentsPerGroup])]),
            rowOf = bench.Upload(weights.StudentRows), shares = bench.Upload(weights.Weights);
        CudaKernel softmax = device.Kernel(LadderKernels.Softmax);
        softmax.Launch(teachers, CudaDevice.GroupSize, p, teacher, center, outputs, 1 / TeacherTemperature, false);
        softmax.Launch(students, CudaDevice.GroupSize, logQ, student, default(DeviceSpan), outputs, 1 / StudentTemperature, true);
        device.Kernel(LadderKernels.CrossEntropy).Launch(students, CudaDevice.GroupSize, bench.Undefined(students), p, logQ, teacherOf, rowOf,
            shares, outputs);
        device.Kernel(LadderKernels.Gradient).Launch(students, CudaDevice.GroupSize, student, p, logQ, teacherOf, rowOf, shares, outputs,
            1 / StudentTemperature);
    }

    private static (Rung, float[]) Sinkhorn(SinkhornSize size, Action<CudaBench, DeviceSpan, DeviceSpan> run)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        int length = size.Batch * size.Patches * size.Objects;
        DeviceSpan assignment = bench.Undefined(length);
        run(bench, assignment, bench.Upload(new TestNumbers(2).Uniform(length)));
        return (Rung.Of(bench.Launches), bench.Download(assignment));
    }

    private static KernelArgument Doubles(CudaBench bench, int length) => KernelArgument.View(bench.Undefined(2L * length).Address(), length);

    /// <summary>A plan [batch, k, n] from n times itself as an assignment [batch, n, k], or back.</summary>
    private static void CopyTransposed(ILGPU.ArrayView<double> plan, ILGPU.ArrayView<float> assignment, SinkhornSize size, int back)
    {
        int i = ILGPU.Grid.GlobalIndex.X, plans = size.Objects * size.Patches;
        if (i < size.Batch * plans)
        {
            int row = i % plans / size.Patches, patch = i % size.Patches, other = (i / plans * plans) + (patch * size.Objects) + row;
            if (back != 0)
            {
                assignment[other] = (float)(plan[i] * size.Patches);
            }
            else
            {
                plan[i] = (double)assignment[other] / size.Patches;
            }
        }
    }

    private static void Print(params object[] rungs)
    {
        TestContext.Out.WriteLine("| | launches | MB asked | MB distinct, read | MB distinct, written | issue slots, thousands |");
        for (int i = 0; i < rungs.Length; i += 2)
        {
            Rung rung = (Rung)rungs[i + 1];
            TestContext.Out.WriteLine($"| {rungs[i]} | {rung.Launches} | {rung.Bytes / 1e6:f3} | {rung.Read / 1e6:f3} | {rung.Written / 1e6:f3} "
                + $"| {rung.IssueSlots / 1e3:f0} |");
        }
    }

    /// <summary>What one version does, all launches together.</summary>
    private sealed record Rung(int Launches, long Bytes, long Read, long Written, long IssueSlots)
    {
        public static Rung Of(IReadOnlyList<LaunchReport> launches) => new(launches.Count, launches.Sum(launch => launch.Counts.GlobalBytes),
            launches.Sum(launch => launch.Counts.DistinctReadBytes), launches.Sum(launch => launch.Counts.DistinctWrittenBytes),
            launches.Sum(launch => launch.Counts.IssueSlots));
    }

    /// <summary>One version of attention, and its output and gradients.</summary>
    private sealed record AttentionRungs(Rung Forward, Rung Backward, float[][] Results);
}
