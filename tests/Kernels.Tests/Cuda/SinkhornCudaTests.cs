using DoRA.Kernels.Sinkhorn;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class SinkhornCudaTests
{
    // Both engines iterate in float64 from the same float32 numbers; what is left is the last rounding of shares up to 1.
    private const double Tolerance = 4 * Agreement.Rounding;

    [TestCase(3, 37, 3, 30)]
    [TestCase(2, 300, 2, 2)]
    [TestCase(1, 9, 1, 0)]
    [TestCase(1, 800, 9, 1)]
    public void Plans_are_the_cpu_s(int batch, int patches, int objects, int iterations)
    {
        IReadOnlyList<PtxMachine.LaunchReport> launches = CudaBench.Compare(
            kernels => kernels.Sinkhorn,
            (bench, op) =>
            {
                SinkhornSize size = new(batch, patches, objects);
                DeviceSpan assignment = bench.Undefined(batch * patches * objects);
                op.Forward(assignment, bench.Upload(new TestNumbers(patches).Uniform(batch * patches * objects)), size, 0.05f, iterations);
                return [bench.Download(assignment)];
            },
            Tolerance);
        Assert.That(launches, Has.Count.EqualTo(1));
    }

    [Test]
    public void Infinite_exponentials_become_the_largest_finite_one() => CudaBench.Compare(
        kernels => kernels.Sinkhorn,
        (bench, op) =>
        {
            float[] exponentials = new TestNumbers(4).Uniform(2 * 21 * 2, 0, 100);
            (exponentials[3], exponentials[60]) = (float.PositiveInfinity, float.PositiveInfinity);
            DeviceSpan assignment = bench.Undefined(exponentials.Length), given = bench.Upload(exponentials);
            op.Iterate(assignment, given, new(2, 21, 2), 5);
            Assert.That(bench.Download(given), Is.EqualTo(exponentials));
            return [bench.Download(assignment)];
        },
        Tolerance);
}
