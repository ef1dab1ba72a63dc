using DoRA.Kernels.Linear;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class LinearCudaTests
{
    // As in LinearTests: n u Σ|a||b| for a sum of n products, here of two engines and of numbers below 1, and a few roundings for what
    // follows.
    private static double Bound(int terms) => 2 * (terms + 8) * Agreement.Rounding * (terms + 2);

    [TestCase(70, 37, 67, 0)]
    [TestCase(5, 16, 9, 31)]
    [TestCase(66, 35, 13, 4)]
    [TestCase(13, 50, 70, 27)]
    public void Forward_is_the_cpu_s(int rows, int inputs, int outputs, int parts)
    {
        // GELU stretches what comes before by at most 1.13 and has an error of its own of 2.5e-7 max(1, |x|).
        double error = (1.13 * Bound(inputs)) + (5e-7 * inputs);
        CudaBench.Compare(
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                DeviceSpan Part(int bit, int length) => (parts & bit) != 0 ? bench.Upload(numbers.Uniform(length)) : default;
                DeviceSpan y = bench.Undefined(rows * outputs), preactivation = (parts & 4) != 0 ? bench.Undefined(rows * outputs)
                    : default;
                RowSpan x = new(bench.Upload(numbers.Uniform(rows * (inputs + 3))), inputs + 3);
                op.Forward(y, x, bench.Upload(numbers.Uniform(outputs * inputs)), new(rows, inputs, outputs), new()
                {
                    ColumnScale = Part(1, outputs),
                    Bias = Part(2, outputs),
                    Preactivation = preactivation,
                    RowScale = Part(8, (rows + 3) / 4),
                    RowsPerScale = 4,
                    Residual = Part(16, rows * outputs),
                });
                return [bench.Download(y), preactivation.IsEmpty ? [] : bench.Download(preactivation)];
            },
            error, Bound(inputs));
    }

    [TestCase(35, 66, 20, 0)]
    [TestCase(9, 17, 70, 7)]
    [TestCase(66, 5, 33, 11)]
    public void Input_gradient_is_the_cpu_s(int rows, int inputs, int outputs, int parts) =>
        // GELU' is at most 1.13 and off by 5e-7 on either engine.
        CudaBench.Compare(
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                bool accumulate = (parts & 8) != 0;
                DeviceSpan Part(int bit, int length) => (parts & bit) != 0 ? bench.Upload(numbers.Uniform(length)) : default;
                RowSpan dX = new(bench.Upload(numbers.Uniform(rows * (inputs + 2))), inputs + 2);
                op.BackwardInput(dX, bench.Upload(numbers.Uniform(rows * outputs)), bench.Upload(numbers.Uniform(outputs * inputs)),
                    new(rows, inputs, outputs), new()
                {
                    Accumulate = accumulate,
                    ColumnScale = Part(1, outputs),
                    RowScale = Part(2, (rows + 4) / 5),
                    RowsPerScale = 5,
                    InputPreactivation = Part(4, rows * inputs),
                });
                return [bench.Download(dX.Span)];
            },
            (1.13 * Bound(outputs)) + (1e-6 * outputs));

    [TestCase(37, 70, 21, true, true)]
    [TestCase(10, 9, 66, false, false)]
    public void Weight_gradient_is_the_cpu_s(int rows, int inputs, int outputs, bool accumulate, bool scaled) =>
        CudaBench.Compare(
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                DeviceSpan Gradient(int length) => accumulate ? bench.Upload(numbers.Uniform(length)) : bench.Undefined(length);
                DeviceSpan dWeight = Gradient(outputs * inputs), dBias = Gradient(outputs);
                RowSpan x = new(bench.Upload(numbers.Uniform(rows * (inputs + 1))), inputs + 1);
                op.BackwardWeight(dWeight, dBias, bench.Upload(numbers.Uniform(rows * outputs)), x, new(rows, inputs, outputs), new()
                {
                    Accumulate = accumulate,
                    RowScale = scaled ? bench.Upload(numbers.Uniform((rows + 2) / 3)) : default,
                    RowsPerScale = 3,
                });
                op.BackwardWeight(dWeight, default, bench.Upload(numbers.Uniform(rows * outputs)), x, new(rows, inputs, outputs),
                    new() { Accumulate = true });
                return [bench.Download(dWeight), bench.Download(dBias)];
            },
            2 * Bound(rows), Bound(rows));

    [Test]
    public void Shared_memory_has_no_bank_conflicts_and_sectors_are_used()
    {
        IReadOnlyList<PtxMachine.LaunchReport> launches = CudaBench.Compare(
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(1);
                DeviceSpan y = bench.Undefined(64 * 64);
                op.Forward(y, new(bench.Upload(numbers.Uniform(64 * 64)), 64), bench.Upload(numbers.Uniform(64 * 64)), new(64, 64, 64),
                    default);
                return [bench.Download(y)];
            },
            Bound(64));
        PtxMachine.Counting.KernelCounts counts = launches.Single().Counts;
        Assert.That(counts.SharedPasses, Is.EqualTo(counts.IdealSharedPasses));
        Assert.That(counts.GlobalSectors, Is.EqualTo(counts.IdealGlobalSectors));
    }
}
