using DoRA.Kernels;
using DoRA.Kernels.LayerNorm;

namespace DoRA.Perf;

/// <summary>
/// The tokens of 8 and of 64 frames of 224 pixels, at the widths of the tiny and the small network. "both" is forward and backward together,
/// as the peer times it.
/// </summary>
public sealed class LayerNormBenchmark : Benchmark
{
    private static readonly (int Rows, int Width)[] s_shapes = [(8 * 197, 192), (8 * 197, 384), (64 * 197, 192), (64 * 197, 384)];

    public override string Operation => "layernorm";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        LayerNormKernels kernels = device.Kernels.LayerNorm;
        foreach ((int rows, int width) in s_shapes)
        {
            DeviceSpan x = Random(device, (long)rows * width), y = Random(device, x.Length), dX = Random(device, x.Length),
                mean = Random(device, rows), rstd = Random(device, rows);
            DeviceSpan weight = Random(device, width), bias = Random(device, width), dWeight = Random(device, width),
                dBias = Random(device, width);
            double tensor = 4.0 * rows * width;
            void Forward() => kernels.Forward(y, mean, rstd, x, weight, bias, rows, width, 1e-6f);
            void Backward(bool accumulate) =>
                kernels.Backward(dX, dWeight, dBias, y, x, mean, rstd, weight, rows, width, accumulate, accumulate);

            string arguments = $"--rows {rows} --width {width}";
            yield return new($"layernorm/forward/{rows}x{width}", Forward) { Bytes = 2 * tensor, Peer = "layernorm " + arguments };
            yield return new($"layernorm/backward/{rows}x{width}", () => Backward(accumulate: true))
            {
                // dY and x are read; dX, the residual stream's gradient, is read and written.
                Bytes = 4 * tensor,
            };
            yield return new($"layernorm/both/{rows}x{width}", () =>
            {
                Forward();
                Backward(accumulate: false);
            })
            {
                Bytes = 5 * tensor,
                Peer = "layernorm_backward " + arguments,
            };
            foreach (DeviceSpan span in (DeviceSpan[])[x, y, dX, mean, rstd, weight, bias, dWeight, dBias])
            {
                span.Buffer.Dispose();
            }
        }
    }
}
