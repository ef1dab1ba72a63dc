using DoRA.Kernels;
using DoRA.Kernels.Linear;

namespace DoRA.Perf;

/// <summary>The linear layers of ViT-tiny and ViT-small at 8 frames of 197 tokens, of 37 tokens, and the head's; the peer multiplies the same sizes as X Wᵀ.</summary>
public sealed class LinearBenchmark : Benchmark
{
    private static readonly (int Rows, int Inputs, int Outputs)[] s_shapes =
    [
        (1576, 192, 576), (1576, 192, 192), (1576, 192, 768), (1576, 768, 192),
        (1576, 384, 1152), (1576, 384, 384), (1576, 384, 1536), (1576, 1536, 384),
        (148, 192, 768), (72, 384, 2048), (72, 2048, 2048), (72, 256, 65536),
    ];

    public override string Operation => "linear";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        LinearKernels linear = device.Kernels.Linear;
        foreach ((int rows, int inputs, int outputs) in s_shapes)
        {
            LinearSize size = new(rows, inputs, outputs);
            DeviceSpan x = Random(device, (long)rows * inputs), weight = Random(device, (long)inputs * outputs), y = Random(device, (long)rows * outputs);
            DeviceSpan bias = Random(device, outputs), preactivation = Random(device, (long)rows * outputs), residual = Random(device, (long)rows * outputs);
            BenchmarkCase Case(string name, Action run, int m, int n, int k) =>
                new($"linear/{name}/{rows}x{inputs}x{outputs}", run) { Flops = 2.0 * rows * inputs * outputs, Peer = $"gemm --m {m} --n {n} --k {k}" };

            yield return Case("forward", () => linear.Forward(y, new(x, inputs), weight, size, new() { Bias = bias }), rows, outputs, inputs);
            if (outputs == 4 * inputs)
            {
                yield return Case("forward+gelu", () => linear.Forward(y, new(x, inputs), weight, size, new() { Bias = bias, Preactivation = preactivation }), rows, outputs, inputs);
            }
            else if (outputs <= inputs)
            {
                yield return Case("forward+residual", () => linear.Forward(y, new(x, inputs), weight, size, new() { Bias = bias, Residual = residual }), rows, outputs, inputs);
            }

            yield return Case("input", () => linear.BackwardInput(new(x, inputs), y, weight, size, default), rows, inputs, outputs);
            yield return Case("weight", () => linear.BackwardWeight(weight, bias, y, new(x, inputs), size, default), outputs, inputs, rows);
            foreach (DeviceSpan span in (DeviceSpan[])[x, weight, y, bias, preactivation, residual])
            {
                span.Buffer.Dispose();
            }
        }
    }
}
