using DoRA.Kernels.AdamW;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class AdamWCudaTests
{
    [Test]
    public void A_step_is_the_cpu_s_in_two_launches()
    {
        AdamWSegment[] segments = [new(0, 16500, true, 3), new(16512, 17, false, 1), new(16544, 300, true, 0)];
        const int length = 16848;
        // As for the CPU engine against its reference (AdamWTests), on both sides: the step is a quotient below 40 times the learning rate.
        double relative = 2 * (Agreement.SumError(16384, 1) + (12 * Agreement.Rounding));
        IReadOnlyList<PtxMachine.LaunchReport> launches = CudaBench.Compare(
            kernels => kernels.AdamW,
            (bench, op) =>
            {
                TestNumbers numbers = new(8);
                DeviceSpan norms = bench.Undefined(3), weights = bench.Upload(numbers.Uniform(length)),
                    gradients = bench.Upload(numbers.Uniform(length)), mean = bench.Upload(numbers.Uniform(length)),
                    variance = bench.Upload(numbers.Uniform(length, 0.01f)), teacher = bench.Upload(numbers.Uniform(length));
                op.Step(norms, new(weights, gradients, mean, variance, teacher), segments, new(0.002, 0.3, 0.9, 0.999, 1e-8, 0.5, 0.99));
                return [bench.Download(norms), bench.Download(weights), bench.Download(mean), bench.Download(variance),
                    bench.Download(teacher)];
            },
            relative * Math.Sqrt(16500), (40 * relative * 0.002) + (8 * Agreement.Rounding), relative, relative,
            (40 * relative * 0.002) + (12 * Agreement.Rounding));
        Assert.That(launches, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_gradient_that_is_no_number_shows_in_its_norm_and_moves_nothing()
    {
        using CudaBench bench = CudaBench.OnMachine(new());
        float[] gradients = new float[64];
        gradients[0] = float.NaN;
        DeviceSpan norms = bench.Undefined(2), weights = bench.Upload(new float[64]), zeros = bench.Upload(new float[64]);
        bench.Device.Kernels.AdamW.Step(norms, new(weights, bench.Upload(gradients), zeros, bench.Upload(new float[64]),
            bench.Upload(new float[64])), [new(0, 20, true, 1), new(32, 20, true, 1)], new(0.002, 0.3, 0.9, 0.999, 1e-8, 0.5, 0.99));
        Assert.That(bench.Download(norms)[0], Is.NaN);
        Assert.That(bench.Download(weights)[..20], Has.All.Zero);
        Assert.That(bench.Download(weights)[32..], Has.None.NaN);
    }
}
