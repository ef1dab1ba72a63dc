using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Tests;

/// <summary>Arrays in and out of a CPU device, random numbers, and comparison element by element.</summary>
internal sealed class CpuArrays(int threads = 2) : IDisposable
{
    private readonly CpuDevice _device = new(threads);
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Every width; a machine without it in hardware runs it in software, slowly and with the same meaning.</summary>
    public static IEnumerable<VectorWidth> Widths => Enum.GetValues<VectorWidth>();

    public CpuThreads Threads => _device.Threads;

    public DeviceSpan Upload(double[] values) => Upload(Array.ConvertAll(values, value => (float)value));

    public DeviceSpan Upload(float[] values)
    {
        DeviceSpan span = _device.Allocate(values.Length, ElementType.Float32);
        _buffers.Add(span.Buffer);
        _device.Upload<float>(span, values);
        return span;
    }

    /// <summary>Memory full of NaN, so that an element that is read before it is written shows.</summary>
    public DeviceSpan Undefined(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, float.NaN);
        return Upload(values);
    }

    public float[] Download(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        _device.Download<float>(values, span);
        return values;
    }

    /// <summary>Rows inside wider rows, the rest NaN.</summary>
    public RowSpan UploadRows(double[] values, int width, int stride)
    {
        float[] wide = new float[values.Length / width * stride];
        Array.Fill(wide, float.NaN);
        for (int i = 0; i < values.Length; i++)
        {
            wide[(i / width * stride) + (i % width)] = (float)values[i];
        }

        return new(Upload(wide), stride);
    }

    /// <summary>What <see cref="UploadRows"/> laid out; fails where anything between the rows was written.</summary>
    public float[] DownloadRows(RowSpan rows, int width)
    {
        float[] wide = Download(rows.Span);
        Assert.That(wide.Where((_, i) => i % rows.Stride >= width), Is.All.NaN, "Written beside the rows.");
        return [.. wide.Where((_, i) => i % rows.Stride < width)];
    }

    /// <summary>Numbers in [−1, 1) that float32 holds exactly.</summary>
    public static double[] Random(Random random, int length)
    {
        double[] values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (random.NextSingle() * 2) - 1;
        }

        return values;
    }

    public static void Check(string what, float[] actual, double[] expected, Func<int, double> tolerance)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance(i)))
            {
                Assert.Fail($"{what}[{i}] is {actual[i]}, not {expected[i]} ± {tolerance(i):g3}.");
            }
        }
    }

    /// <summary>Holds an analytic gradient in double to central differences of Σ output ∘ <paramref name="weights"/>.</summary>
    public static void CheckGradient(string what, double[] gradient, double[] input, double[] weights, Func<double[]> output)
    {
        const double step = 1e-5;
        for (int i = 0; i < input.Length; i++)
        {
            double at = input[i];
            input[i] = at + step;
            double above = Enumerable.Zip(output(), weights, (y, w) => y * w).Sum();
            input[i] = at - step;
            double below = Enumerable.Zip(output(), weights, (y, w) => y * w).Sum();
            input[i] = at;

            // Third derivatives of order 1 leave step²; 1e-7 is a thousand times that and a thousandth of a wrong term.
            Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * step)).Within(1e-7), $"{what}[{i}]");
        }
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _device.Dispose();
    }
}
