using DoRA.Autograd;
using DoRA.Kernels.AdamW;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What products read of weights is the weights, whoever wrote them.</summary>
public sealed class WeightOperandTests
{
    [Test]
    public void Operands_of_float32_devices_are_the_weights_themselves()
    {
        using CudaBench bench = CudaBench.OnMachine(new());
        DeviceSpan weights = bench.Device.AllocateWeights(32);
        Assert.That(weights.Operand, Is.EqualTo(weights));
        weights.Buffer.Dispose();
    }

    [Test]
    public void Operands_follow_uploads_copies_and_clearing_of_any_part()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        TestNumbers numbers = new(1);
        DeviceSpan weights = bench.Device.AllocateWeights(100);
        bench.Device.Upload<float>(weights, numbers.Uniform(100));
        IsRounded(bench, weights);
        bench.Device.Upload<float>(weights.Slice(17, 30), numbers.Uniform(30));
        IsRounded(bench, weights);
        bench.Device.Copy(weights.Slice(3, 41), bench.Upload(numbers.Uniform(41)));
        IsRounded(bench, weights);
        bench.Device.Clear(weights.Slice(5, 7));
        IsRounded(bench, weights);
        Assert.That(bench.Download(weights.Operand.Slice(5, 7)), Has.All.Zero);
        weights.Buffer.Dispose();
    }

    [Test]
    public void Operands_of_student_and_teacher_follow_initialisation_and_every_step_of_the_optimiser()
    {
        using CudaBench bench = CudaBench.OnMachine(new(), ElementType.BFloat16);
        using ParameterStore student = Store(bench.Device, isTrained: true), teacher = Store(bench.Device, isTrained: false);
        student.Initialise(7);
        IsRounded(bench, student.Weights);
        teacher.CopyFrom(student);
        IsRounded(bench, teacher.Weights);
        float[] before = bench.Download(student.Weights);

        DeviceSpan zeros = bench.Upload(new float[student.Length]), variance = bench.Upload(new float[student.Length]);
        bench.Device.Upload<float>(student.Gradients, new TestNumbers(2).Uniform((int)student.Length));
        AdamWSegment[] segments =
            [.. student.Parameters.Select((parameter, i) => new AdamWSegment(parameter.Offset, (int)parameter.Length, true, i))];
        bench.Device.Kernels.AdamW.Step(bench.Undefined(2),
            new(student.Weights, student.Gradients, zeros, variance, teacher.Weights), segments, new(0.01, 0.1, 0.9, 0.999, 1e-8, 3, 0.5));
        Assert.That(bench.Download(student.Weights), Is.Not.EqualTo(before));
        IsRounded(bench, student.Weights);
        IsRounded(bench, teacher.Weights);
    }

    private static ParameterStore Store(Device device, bool isTrained)
    {
        ParameterStore store = new(device);
        store.Add("frozen", Initialisation.Normal(1), true, 5, 7);
        store.Add("moved", Initialisation.Normal(1), true, 9, 3);
        store.Allocate(isTrained);
        return store;
    }

    private static void IsRounded(CudaBench bench, DeviceSpan weights)
    {
        Assert.That(weights.Operand.Type, Is.EqualTo(ElementType.BFloat16));
        float[] expected = bench.Download(bench.Activations(bench.Download(weights)));
        Assert.That(bench.Download(weights.Operand), Is.EqualTo(expected));
    }
}
