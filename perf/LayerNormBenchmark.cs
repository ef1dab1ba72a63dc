using DoRA.Kernels;
using DoRA.Kernels.LayerNorm;

namespace DoRA.Perf;

/// <summary>The tokens of 64 frames of 224 pixels, at the widths of the tiny and the small network.</summary>
public sealed class LayerNormBenchmark : Benchmark
{
    private static readonly int[] s_widths = [192, 384];

    public override string Operation => "layernorm";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int rows = 64 * 197;
        LayerNormKernels kernels = device.Kernels.LayerNorm;
        foreach (int width in s_widths)
        {
            DeviceSpan x = Random(device, (long)rows * width), y = Random(device, x.Length), dX = Random(device, x.Length),
                mean = Random(device, rows), rstd = Random(device, rows);
            DeviceSpan weight = Random(device, width), bias = Random(device, width), dWeight = Random(device, width),
                dBias = Random(device, width);
            double tensor = 4.0 * rows * width;
            yield return new($"layernorm/forward/{rows}x{width}",
                () => kernels.Forward(y, mean, rstd, x, weight, bias, rows, width, 1e-6f)) { Bytes = 2 * tensor };
            yield return new($"layernorm/backward/{rows}x{width}",
                () => kernels.Backward(dX, dWeight, dBias, y, x, mean, rstd, weight, rows, width, true, true))
            {
                // dY and x are read; dX, the residual stream's gradient, is read and written.
                Bytes = 4 * tensor,
            };
            foreach (DeviceSpan span in (DeviceSpan[])[x, y, dX, mean, rstd, weight, bias, dWeight, dBias])
            {
                span.Buffer.Dispose();
            }
        }
    }
}
