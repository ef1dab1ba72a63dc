namespace DoRA.References;

/// <summary>The operations of the augmentation in double, pixel by pixel. A picture is [3, height, width] in 0..1.</summary>
public static class AugmentReference
{
    /// <summary>Cuts a box and resizes it, two taps a side, no antialiasing; positions are held inside the box.</summary>
    public static double[,,] ResizeBilinear(double[,,] picture, int top, int left, int boxHeight, int boxWidth, int height, int width) =>
        Make(height, width, (channel, y, x) => Between(
            (row, column) => picture[channel, top + row, left + column],
            Position(y, boxHeight, height), boxHeight, Position(x, boxWidth, width), boxWidth));

    /// <summary>Cuts a box and resizes it by the widened cubic (a = −1/2): rows, then columns, each held in 0..1.</summary>
    public static double[,,] ResizeBicubic(double[,,] picture, int top, int left, int boxHeight, int boxWidth, int height, int width)
    {
        double[,,] narrow = Make(boxHeight, width, (channel, y, x) => Cubic(k => picture[channel, top + y, left + k], x, boxWidth, width));
        return Make(height, width, (channel, y, x) => Cubic(k => narrow[channel, k, x], y, boxHeight, height));
    }

    public static double[,,] Flip(double[,,] picture) =>
        Map(picture, (channel, y, x) => picture[channel, y, picture.GetLength(2) - 1 - x]);

    public static double[,,] Brightness(double[,,] picture, double factor) =>
        Map(picture, (channel, y, x) => Unit(picture[channel, y, x] * factor));

    public static double[,,] Contrast(double[,,] picture, double factor)
    {
        double mean = 0;
        int height = picture.GetLength(1), width = picture.GetLength(2);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                mean += Luma(picture, y, x) / ((double)height * width);
            }
        }

        return Map(picture, (channel, y, x) => Unit(mean + (factor * (picture[channel, y, x] - mean))));
    }

    public static double[,,] Saturation(double[,,] picture, double factor) => Map(picture, (channel, y, x) =>
    {
        double luma = Luma(picture, y, x);
        return Unit(luma + (factor * (picture[channel, y, x] - luma)));
    });

    /// <summary>To HSV by its definition, the hue turned, and back by the six cases.</summary>
    public static double[,,] Hue(double[,,] picture, double turn) => Map(picture, (channel, y, x) =>
    {
        (double red, double green, double blue) = (picture[0, y, x], picture[1, y, x], picture[2, y, x]);
        double value = Math.Max(red, Math.Max(green, blue)), chroma = value - Math.Min(red, Math.Min(green, blue));
        if (chroma == 0)
        {
            return value;
        }

        double hue = value == red ? (green - blue) / chroma : value == green ? 2 + ((blue - red) / chroma) : 4 + ((red - green) / chroma);
        hue += 6 * turn;
        hue -= 6 * Math.Floor(hue / 6);
        hue = hue >= 6 ? 0 : hue; // A turn that is lost in rounding: 6 − ε is 6.
        double part = hue - Math.Floor(hue);
        double low = value - chroma, falling = value - (chroma * part), rising = value - (chroma * (1 - part));
        double[] rgb = (int)hue switch
        {
            0 => [value, rising, low],
            1 => [falling, value, low],
            2 => [low, value, rising],
            3 => [low, falling, value],
            4 => [rising, low, value],
            _ => [value, low, falling],
        };
        return rgb[channel];
    });

    public static double[,,] Grayscale(double[,,] picture) => Map(picture, (_, y, x) => Luma(picture, y, x));

    /// <summary>Three extended box blurs along rows, then three along columns; the edge repeats (Gwosdek et al., 2011).</summary>
    public static double[,,] GaussianBlur(double[,,] picture, double deviation)
    {
        double variance = deviation * deviation / 3;
        int whole = 0;
        // The largest whole radius whose plain box, of variance ((2r + 1)² − 1)/12, is no wider than wanted.
        while ((Math.Pow((2 * (whole + 1)) + 1, 2) - 1) / 12 <= variance)
        {
            whole++;
        }

        // Weight a of the two outer pixels against 1 of the inner: (2 Σ_{k ≤ whole} k² + 2 a (whole + 1)²) / (2 whole + 1 + 2 a) =
        // variance.
        double squares = whole * (whole + 1) * ((2 * whole) + 1) / 3.0, next = (whole + 1) * (whole + 1);
        double outer = ((variance * ((2 * whole) + 1)) - squares) / (2 * (next - variance));
        for (int pass = 0; pass < 6; pass++)
        {
            bool rows = pass < 3;
            double[,,] from = picture;
            picture = Map(from, (channel, y, x) =>
            {
                double sum = 0;
                for (int k = -whole - 1; k <= whole + 1; k++)
                {
                    int row = rows ? y : Math.Clamp(y + k, 0, from.GetLength(1) - 1);
                    int column = rows ? Math.Clamp(x + k, 0, from.GetLength(2) - 1) : x;
                    sum += from[channel, row, column] * (Math.Abs(k) > whole ? outer : 1);
                }

                return sum / ((2 * whole) + 1 + (2 * outer));
            });
        }

        return picture;
    }

    public static double[,,] Solarize(double[,,] picture) =>
        Map(picture, (channel, y, x) => picture[channel, y, x] < 0.5 ? picture[channel, y, x] : 1 - picture[channel, y, x]);

    public static double[,,] Normalize(double[,,] picture)
    {
        double[] mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];
        return Map(picture, (channel, y, x) => (picture[channel, y, x] - mean[channel]) / deviation[channel]);
    }

    /// <summary>
    /// RGB of one place of a decoded frame, from its planes of samples as stored (unrotated). Places count luma samples from 0; chroma
    /// lies on the left luma sample of those it serves and half-way between their rows.
    /// </summary>
    /// <param name="red">The matrix's k_r.</param>
    /// <param name="blue">The matrix's k_b.</param>
    public static double[] Rgb(
        double[,] lumaPlane, double[,] uPlane, double[,] vPlane, int shiftX, int shiftY, int bits, bool fullRange, double red, double blue,
        double y, double x)
    {
        double chromaX = x / (1 << shiftX), chromaY = ((y + 0.5) / (1 << shiftY)) - 0.5;
        double unit = Math.Pow(2, bits - 8), top = Math.Pow(2, bits) - 1;
        double luma = Read(lumaPlane, y, x) - (fullRange ? 0 : 16 * unit);
        luma /= fullRange ? top : 219 * unit;
        double chromaRange = fullRange ? top : 224 * unit;
        double u = (Read(uPlane, chromaY, chromaX) - (128 * unit)) / chromaRange,
            v = (Read(vPlane, chromaY, chromaX) - (128 * unit)) / chromaRange;
        double r = luma + (2 * (1 - red) * v), b = luma + (2 * (1 - blue) * u);
        return [Unit(r), Unit((luma - (red * r) - (blue * b)) / (1 - red - blue)), Unit(b)];
    }

    /// <summary>Where output pixel <paramref name="index"/> of a resize without antialiasing reads, in input pixels, held inside.</summary>
    public static double Position(int index, int inputs, int outputs) =>
        Math.Clamp(((index + 0.5) * inputs / outputs) - 0.5, 0, inputs - 1);

    private static double Read(double[,] plane, double y, double x)
    {
        (int height, int width) = (plane.GetLength(0), plane.GetLength(1));
        return Between((row, column) => plane[row, column], Math.Clamp(y, 0, height - 1), height, Math.Clamp(x, 0, width - 1), width);
    }

    private static double Between(Func<int, int, double> at, double y, int height, double x, int width)
    {
        (int y0, int x0) = ((int)y, (int)x);
        (int y1, int x1) = (Math.Min(y0 + 1, height - 1), Math.Min(x0 + 1, width - 1));
        double upper = at(y0, x0) + ((x - x0) * (at(y0, x1) - at(y0, x0))), lower = at(y1, x0) + ((x - x0) * (at(y1, x1) - at(y1, x0)));
        return upper + ((y - y0) * (lower - upper));
    }

    private static double Cubic(Func<int, double> at, int index, int inputs, int outputs)
    {
        double scale = (double)inputs / outputs, widening = Math.Max(1, scale), center = (index + 0.5) * scale, sum = 0, weights = 0;
        for (int k = 0; k < inputs; k++)
        {
            // The window is cut at whole pixels: those whose centre lies within the support, rounded.
            if (k < (int)(center - (2 * widening) + 0.5) || k >= (int)(center + (2 * widening) + 0.5))
            {
                continue;
            }

            double distance = Math.Abs((k + 0.5 - center) / widening);
            double weight = distance < 1 ? (1.5 * Math.Pow(distance, 3)) - (2.5 * distance * distance) + 1
                : distance < 2 ? (-0.5 * Math.Pow(distance, 3)) + (2.5 * distance * distance) - (4 * distance) + 2 : 0;
            sum += weight * at(k);
            weights += weight;
        }

        return Unit(sum / weights);
    }

    private static double Luma(double[,,] picture, int y, int x) =>
        (0.299 * picture[0, y, x]) + (0.587 * picture[1, y, x]) + (0.114 * picture[2, y, x]);

    private static double Unit(double value) => Math.Clamp(value, 0, 1);

    private static double[,,] Map(double[,,] like, Func<int, int, int, double> value) => Make(like.GetLength(1), like.GetLength(2), value);

    private static double[,,] Make(int height, int width, Func<int, int, int, double> value)
    {
        double[,,] picture = new double[3, height, width];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    picture[channel, y, x] = value(channel, y, x);
                }
            }
        }

        return picture;
    }
}
