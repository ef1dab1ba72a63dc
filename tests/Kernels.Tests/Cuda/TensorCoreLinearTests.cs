using DoRA.Kernels.Linear;
using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>Linear layers on tensor cores, held to the CPU engine on operands that bfloat16 can hold: by mma, and by wgmma where cards have
/// it.</summary>
[TestFixture("8.0")]
[TestFixture("9.0")]
public sealed class TensorCoreLinearTests(string capability)
{
    private readonly MachineOptions _card = new() { ComputeCapability = new(capability) };

    // n u Σ|a||b| for a sum of n products of numbers below 1, of two engines, and a few roundings for what follows. Products of bfloat16
    // are exact. What is stored in bfloat16 has a rounding more, which Compare adds.
    private static double Bound(int terms) => 2 * (terms + 8) * Agreement.Rounding * (terms + 2);

    // Widths of whole eights: wide copies. Others: element by element. The third and the last are cut along k, the fourth has several
    // steps and tiles.
    [TestCase(70, 40, 64, 0)]
    [TestCase(130, 72, 136, 31)]
    [TestCase(9, 1032, 16, 31)]
    [TestCase(197, 192, 192, 18)]
    [TestCase(1, 8, 8, 2)]
    [TestCase(70, 37, 67, 0)]
    [TestCase(5, 45, 9, 31)]
    [TestCase(6, 1029, 13, 27)]
    public void Forward_is_the_cpu_s(int rows, int inputs, int outputs, int parts)
    {
        // GELU stretches what comes before by at most 1.13 and has an error of its own of 2.5e-7 max(1, |x|).
        double error = (1.13 * Bound(inputs)) + (5e-7 * inputs);
        CudaBench.Compare(
            _card, ElementType.BFloat16,
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                int stride = inputs % 8 == 0 ? inputs + 8 : inputs + 3;
                DeviceSpan Part(int bit, int length) => (parts & bit) != 0 ? bench.Upload(numbers.Uniform(length)) : default;
                DeviceSpan y = bench.UndefinedActivations(rows * outputs);
                DeviceSpan preactivation = (parts & 4) != 0 ? bench.UndefinedActivations(rows * outputs) : default;
                RowSpan x = new(bench.Activations(numbers.Uniform(rows * stride)), stride);
                op.Forward(y, x, bench.Activations(numbers.Uniform(outputs * inputs)), new(rows, inputs, outputs), new()
                {
                    ColumnScale = Part(1, outputs),
                    Bias = Part(2, outputs),
                    Preactivation = preactivation,
                    RowScale = Part(8, (rows + 3) / 4),
                    RowsPerScale = 4,
                    Residual = (parts & 16) != 0 ? bench.Activations(numbers.Uniform(rows * outputs)) : default,
                });
                return [bench.Download(y), preactivation.IsEmpty ? [] : bench.Download(preactivation)];
            },
            error, Bound(inputs));
    }

    [TestCase(40, 72, 24, 0)]
    [TestCase(130, 136, 72, 7)]
    [TestCase(17, 16, 1040, 11)]
    [TestCase(35, 66, 20, 0)]
    [TestCase(9, 17, 70, 7)]
    [TestCase(66, 5, 1035, 11)]
    public void Input_gradient_is_the_cpu_s(int rows, int inputs, int outputs, int parts) =>
        // GELU' is at most 1.13 and off by 5e-7 on either engine. Factors are powers of two: dY times them is exact in bfloat16.
        CudaBench.Compare(
            _card, ElementType.BFloat16,
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                int stride = inputs % 8 == 0 ? inputs + 16 : inputs + 2;
                RowSpan dX = new(bench.Activations(numbers.Uniform(rows * stride)), stride);
                op.BackwardInput(dX, bench.Activations(numbers.Uniform(rows * outputs)),
                    bench.Activations(numbers.Uniform(outputs * inputs)), new(rows, inputs, outputs), new()
                {
                    Accumulate = (parts & 8) != 0,
                    ColumnScale = (parts & 1) != 0 ? bench.Upload(PowersOfTwo(numbers, outputs)) : default,
                    RowScale = (parts & 2) != 0 ? bench.Upload(numbers.Uniform((rows + 4) / 5)) : default,
                    RowsPerScale = 5,
                    InputPreactivation = (parts & 4) != 0 ? bench.Activations(numbers.Uniform(rows * inputs)) : default,
                });
                return [bench.Download(dX.Span)];
            },
            (1.13 * Bound(outputs)) + (1e-6 * outputs));

    [TestCase(37, 72, 24, true, true)]
    [TestCase(10, 16, 136, false, false)]
    [TestCase(1100, 40, 16, true, true)]
    [TestCase(37, 70, 21, true, true)]
    [TestCase(10, 9, 66, false, false)]
    [TestCase(1042, 9, 5, false, true)]
    public void Weight_gradient_is_the_cpu_s(int rows, int inputs, int outputs, bool accumulate, bool scaled) =>
        CudaBench.Compare(
            _card, ElementType.BFloat16,
            kernels => kernels.Linear,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                int stride = inputs % 8 == 0 ? inputs + 8 : inputs + 1;
                DeviceSpan Gradient(int length) => accumulate ? bench.Upload(numbers.Uniform(length)) : bench.Undefined(length);
                DeviceSpan dWeight = Gradient(outputs * inputs), dBias = Gradient(outputs);
                RowSpan x = new(bench.Activations(numbers.Uniform(rows * stride)), stride);
                op.BackwardWeight(dWeight, dBias, bench.Activations(numbers.Uniform(rows * outputs)), x, new(rows, inputs, outputs), new()
                {
                    Accumulate = accumulate,
                    RowScale = scaled ? bench.Upload(PowersOfTwo(numbers, (rows + 2) / 3)) : default,
                    RowsPerScale = 3,
                });
                op.BackwardWeight(dWeight, default, bench.Activations(numbers.Uniform(rows * outputs)), x, new(rows, inputs, outputs),
                    new() { Accumulate = true });
                return [bench.Download(dWeight), bench.Download(dBias)];
            },
            2 * Bound(rows), Bound(rows));

    /// <summary>0, ½ or 1.</summary>
    private static float[] PowersOfTwo(TestNumbers numbers, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => numbers.Integer(3) * 0.5f)];
}
