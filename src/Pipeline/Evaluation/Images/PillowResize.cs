namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>The filters of Pillow's <c>Image.resize</c> that evaluations use.</summary>
public enum PillowFilter
{
    Nearest,
    Bilinear,
    Bicubic,
}

/// <summary>
/// Resizes 8-bit pictures to the very bytes that Pillow's <c>Image.resize</c> gives: filters widened when a picture shrinks (antialiasing),
/// weights of 22 fractional bits, each pass rounded to a byte.
/// </summary>
/// <remarks>
/// Columns come before rows, but, as in Pillow 13, after them where the height shrinks much more than the width; taken here as twice as
/// much.
/// The order shows in a few levels only, and never in a resize that keeps the proportion.
/// </remarks>
public static class PillowResize
{
    private const int FractionBits = 22;
    private const double CubicA = -0.5;

    /// <param name="source">[height, width, channels].</param>
    /// <returns>[newHeight, newWidth, channels]; the source itself where nothing changes.</returns>
    public static byte[] Resample(byte[] source, int width, int height, int channels, int newWidth, int newHeight, PillowFilter filter)
    {
        if (filter == PillowFilter.Nearest)
        {
            return Nearest(source, width, height, channels, newWidth, newHeight);
        }

        bool rowsFirst = newHeight < height && (double)newWidth * height >= 2.0 * newHeight * width;
        return rowsFirst
            ? Columns(Rows(source, width * channels, height, newHeight, filter), newHeight, width, newWidth, channels, filter)
            : Rows(Columns(source, height, width, newWidth, channels, filter), newWidth * channels, height, newHeight, filter);
    }

    private static byte[] Columns(byte[] source, int height, int width, int newWidth, int channels, PillowFilter filter)
    {
        if (newWidth == width)
        {
            return source;
        }

        byte[] result = new byte[height * newWidth * channels];
        Taps taps = new(width, newWidth, filter);
        Parallel.For(0, height, y =>
        {
            ReadOnlySpan<byte> row = source.AsSpan(y * width * channels, width * channels);
            for (int x = 0; x < newWidth; x++)
            {
                for (int c = 0; c < channels; c++)
                {
                    result[(((y * newWidth) + x) * channels) + c] = taps.Sum(x, row, channels, c);
                }
            }
        });
        return result;
    }

    private static byte[] Rows(byte[] source, int stride, int height, int newHeight, PillowFilter filter)
    {
        if (newHeight == height)
        {
            return source;
        }

        byte[] result = new byte[newHeight * stride];
        Taps taps = new(height, newHeight, filter);
        Parallel.For(0, newHeight, y =>
        {
            for (int x = 0; x < stride; x++)
            {
                result[(y * stride) + x] = taps.Sum(y, source, stride, x);
            }
        });
        return result;
    }

    private static byte[] Nearest(byte[] source, int width, int height, int channels, int newWidth, int newHeight)
    {
        int[] columns = NearestSources(width, newWidth), rows = NearestSources(height, newHeight);
        byte[] result = new byte[newWidth * newHeight * channels];
        for (int i = 0; i < newWidth * newHeight; i++)
        {
            int from = (rows[i / newWidth] * width) + columns[i % newWidth];
            source.AsSpan(from * channels, channels).CopyTo(result.AsSpan(i * channels));
        }

        return result;
    }

    // The position is a running sum, whose rounding decides where a centre falls between two pixels.
    private static int[] NearestSources(int inputs, int outputs)
    {
        int[] sources = new int[outputs];
        double scale = (double)inputs / outputs, position = scale * 0.5;
        for (int i = 0; i < outputs; i++)
        {
            sources[i] = Math.Min((int)position, inputs - 1);
            position += scale;
        }

        return sources;
    }

    private static double Weight(PillowFilter filter, double distance)
    {
        double x = Math.Abs(distance);
        return (filter, x) switch
        {
            (PillowFilter.Bilinear, < 1) => 1 - x,
            (PillowFilter.Bicubic, < 1) => ((((CubicA + 2) * x) - (CubicA + 3)) * x * x) + 1,
            (PillowFilter.Bicubic, < 2) => (((((x - 5) * x) + 8) * x) - 4) * CubicA,
            _ => 0,
        };
    }

    /// <summary>Along one axis: from where and with which weights each output is summed.</summary>
    private sealed class Taps
    {
        private readonly int[] _first;
        private readonly int[][] _weights;

        public Taps(int inputs, int outputs, PillowFilter filter)
        {
            _first = new int[outputs];
            _weights = new int[outputs][];
            double scale = (double)inputs / outputs, widening = Math.Max(scale, 1);
            double support = (filter == PillowFilter.Bicubic ? 2 : 1) * widening;
            for (int i = 0; i < outputs; i++)
            {
                double center = (i + 0.5) * scale;
                int first = Math.Max(0, (int)(center - support + 0.5)), end = Math.Min(inputs, (int)(center + support + 0.5));
                double[] weights = [.. Enumerable.Range(first, end - first)
                    .Select(k => Weight(filter, (k - center + 0.5) * (1 / widening)))];
                double sum = 0;
                foreach (double weight in weights)
                {
                    sum += weight;
                }

                _first[i] = first;
                _weights[i] = [.. weights.Select(weight => Fixed(weight / sum))];
            }
        }

        public byte Sum(int output, ReadOnlySpan<byte> values, int stride, int offset)
        {
            int sum = 1 << (FractionBits - 1), at = (_first[output] * stride) + offset;
            foreach (int weight in _weights[output])
            {
                sum += values[at] * weight;
                at += stride;
            }

            return (byte)Math.Clamp(sum >> FractionBits, 0, byte.MaxValue);
        }

        private static int Fixed(double weight) => (int)((weight * (1 << FractionBits)) + (weight < 0 ? -0.5 : 0.5));
    }
}
