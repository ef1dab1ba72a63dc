namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>
/// Resizes 8-bit pictures to the very bytes that <c>cv2.resize</c> gives by default: bilinear without antialiasing, weights of 11
/// fractional bits.
/// </summary>
public static class OpenCvResize
{
    private const int FractionBits = 11;

    /// <param name="source">[height, width, channels].</param>
    /// <returns>[newHeight, newWidth, channels].</returns>
    public static byte[] Bilinear(byte[] source, int width, int height, int channels, int newWidth, int newHeight)
    {
        Tap[] columns = [.. Enumerable.Range(0, newWidth).Select(x => Tap.Of(x, width, newWidth).InsideColumns(width))];
        Tap[] rows = [.. Enumerable.Range(0, newHeight).Select(y => Tap.Of(y, height, newHeight))];
        byte[] result = new byte[newWidth * newHeight * channels];
        Parallel.For(0, newHeight, y =>
        {
            (int top, int topWeight, int bottomWeight) = (rows[y].First, rows[y].FirstWeight, rows[y].SecondWeight);
            int above = Math.Clamp(top, 0, height - 1) * width, below = Math.Clamp(top + 1, 0, height - 1) * width;
            for (int x = 0; x < newWidth; x++)
            {
                Tap column = columns[x];
                int left = column.First, right = Math.Min(left + 1, width - 1);
                for (int c = 0; c < channels; c++)
                {
                    int upper = Mix(source, above, left, right, channels, c, column),
                        lower = Mix(source, below, left, right, channels, c, column);
                    int sum = ((topWeight * (upper >> 4)) >> 16) + ((bottomWeight * (lower >> 4)) >> 16) + 2;
                    result[(((y * newWidth) + x) * channels) + c] = (byte)Math.Clamp(sum >> 2, 0, byte.MaxValue);
                }
            }
        });
        return result;
    }

    private static int Mix(byte[] source, int row, int left, int right, int channels, int channel, Tap tap) =>
        (source[((row + left) * channels) + channel] * tap.FirstWeight) + (source[((row + right) * channels) + channel] * tap.SecondWeight);

    /// <summary>Two neighbouring samples and their weights, which sum to 2¹¹ but for rounding.</summary>
    private readonly record struct Tap(int First, int FirstWeight, int SecondWeight)
    {
        public static Tap Of(int output, int inputs, int outputs)
        {
            float position = (float)(((output + 0.5) * ((double)inputs / outputs)) - 0.5);
            int first = (int)MathF.Floor(position);
            return Weighted(first, position - first);
        }

        /// <summary>Columns outside the picture repeat the edge by weight, where rows do it by index: their rounding differs.</summary>
        public Tap InsideColumns(int inputs) => First < 0 ? Weighted(0, 0) : First >= inputs - 1 ? Weighted(inputs - 1, 0) : this;

        private static Tap Weighted(int first, float fraction) => new(first, Fixed(1 - fraction), Fixed(fraction));

        private static int Fixed(float weight) => (int)MathF.Round(weight * (1 << FractionBits), MidpointRounding.ToEven);
    }
}
