using System.Numerics;

namespace DoRA.Pipeline.Export.Onnx;

/// <summary>The interpreter's products, the only operators whose time counts.</summary>
internal static class OnnxProducts
{
    /// <summary>[…, m, k] by [k, n], or by matrices [k, n] one for one.</summary>
    public static OnnxTensor<T> MatMul<T>(OnnxTensor<T> a, OnnxTensor<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int inner, int columns, int matrix) = (b.Shape[^2], b.Shape[^1], b.Shape[^2] * b.Shape[^1]);
        int rowsOfAMatrix = a.Shape[^2], rows = a.Values.Length / inner;
        T[] result = new T[rows * columns];
        Parallel.For(0, rows, row =>
        {
            int start = b.Rank == 2 ? 0 : row / rowsOfAMatrix * matrix;
            Span<T> sums = result.AsSpan(row * columns, columns);
            for (int i = 0; i < inner; i++)
            {
                AddScaled(sums, a.Values[(row * inner) + i], b.Values.AsSpan(start + (i * columns), columns));
            }
        });
        return new(result, [.. a.Shape[..^1], columns]);
    }

    /// <summary>A convolution whose stride is its kernel: pictures [batch, channels, height, width], weights [outputs, channels, p, p].</summary>
    public static OnnxTensor<T> PatchConvolution<T>(OnnxTensor<T> x, OnnxTensor<T> weight, OnnxTensor<T> bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int batch, int channels, int height, int width) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        (int outputs, int patch) = (weight.Shape[0], weight.Shape[3]);
        (int rows, int columns) = (height / patch, width / patch);
        int length = channels * patch * patch;
        T[] result = new T[batch * outputs * rows * columns];
        Parallel.For(0, batch * rows * columns, place =>
        {
            (int image, int row, int column) = (place / (rows * columns), place / columns % rows, place % columns);
            T[] pixels = new T[length];
            for (int i = 0; i < length; i++)
            {
                (int channel, int y, int dx) = (i / (patch * patch), (row * patch) + (i / patch % patch), i % patch);
                pixels[i] = x.Values[(((((image * channels) + channel) * height) + y) * width) + (column * patch) + dx];
            }

            for (int output = 0; output < outputs; output++)
            {
                T sum = bias.Values[output];
                for (int i = 0; i < length; i++)
                {
                    sum += pixels[i] * weight.Values[(output * length) + i];
                }

                result[(((((image * outputs) + output) * rows) + row) * columns) + column] = sum;
            }
        });
        return new(result, [batch, outputs, rows, columns]);
    }

    private static void AddScaled<T>(Span<T> sums, T factor, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> factors = new(factor);
        int i = 0;
        for (; i <= sums.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(sums[i..]) + (factors * new Vector<T>(values[i..]))).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += factor * values[i];
        }
    }
}
