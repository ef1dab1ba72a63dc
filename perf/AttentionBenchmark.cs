using DoRA.Kernels;
using DoRA.Kernels.Attention;

namespace DoRA.Perf;

/// <summary>Attention at the tokens of 224, 112, 96 and 48 pixels. "backward" is forward and backward together, as the peer times it.</summary>
public sealed class AttentionBenchmark : Benchmark
{
    private static readonly (int Batch, int Heads, int Tokens, int HeadDim)[] s_shapes = [(8, 3, 197, 64), (8, 6, 197, 64), (48, 6, 50, 64), (32, 3, 37, 64), (192, 3, 10, 64)];

    public override string Operation => "attention";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        AttentionKernels attention = device.Kernels.Attention;
        foreach ((int batch, int heads, int tokens, int headDim) in s_shapes)
        {
            AttentionSize size = new(batch, tokens, tokens, heads, headDim);
            int width = heads * headDim;
            long rows = (long)batch * tokens;
            DeviceSpan qkv = Random(device, rows * 3 * width), dQkv = Random(device, rows * 3 * width), output = Random(device, rows * width), dOutput = Random(device, rows * width);
            DeviceSpan logSumExp = Random(device, (long)batch * heads * tokens);
            RowSpan Part(DeviceSpan span, int index) => new(span.Slice(index * width), 3 * width);
            void Forward() => attention.Forward(output, logSumExp, default, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), size);
            void Backward() => attention.Backward(
                Part(dQkv, 0), Part(dQkv, 1), Part(dQkv, 2), dOutput, output, logSumExp, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), size);

            string shape = $"{batch}x{heads}x{tokens}x{headDim}", arguments = $"--batch {batch} --heads {heads} --tokens {tokens} --head-dim {headDim}";
            double flops = 4.0 * batch * heads * tokens * tokens * headDim;
            yield return new($"attention/forward/{shape}", Forward) { Flops = flops, Peer = "attention " + arguments };
            yield return new($"attention/backward/{shape}", () =>
            {
                Forward();
                Backward();
            })
            {
                Flops = 3.5 * flops,
                Peer = "attention_backward " + arguments,
            };

            foreach (DeviceSpan span in (DeviceSpan[])[qkv, dQkv, output, dOutput, logSumExp])
            {
                span.Buffer.Dispose();
            }
        }
    }
}
