using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Kernels.PositionEmbedding;

namespace DoRA.Pipeline.Doctor;

/// <summary>From a decoded frame of 1080 lines to views, and the position embedding of local views.</summary>
internal static class PictureChecks
{
    private static readonly PictureSize Crop = new(300, 300), View = new(224, 224);

    public static IEnumerable<OperationCheck> All => [Cut(), Views(), Position()];

    private static OperationCheck Cut()
    {
        FrameFormat format = new(1920, 1080, 1, 1, 8, false, ColorMatrix.Bt709, 0);
        byte[] frame = new byte[format.Bytes];
        new Random(60).NextBytes(frame);
        return new("augment/crop of a frame", "700×700 to 300×300", memory =>
        {
            DeviceSpan crop = memory.EmptyFloats(3L * Crop.Pixels), deviceFrame = memory.Bytes(frame);
            FrameCut[] cuts = [new(0, format, new(100, 100, 700, 700))];
            return new(() => memory.Kernels.Augment.CropFrames(crop, deviceFrame, cuts, Crop), crop);
        })
        {
            Words = (6.0 / 4 * Crop.Pixels) + (3.0 * Crop.Pixels),
        };
    }

    private static OperationCheck Views()
    {
        float[] picture = CheckNumbers.Positive(61, 3L * Crop.Pixels);
        ViewRecipe recipe = new()
        {
            Box = new(3, 5, 250, 250),
            Filter = ResizeFilter.Bicubic,
            Flip = true,
            Color1 = new(ColorOperation.Brightness, 1.2f),
            Color2 = new(ColorOperation.Contrast, 0.8f),
            Color3 = new(ColorOperation.Saturation, 1.1f),
            Color4 = new(ColorOperation.Hue, 0.05f),
            BlurRadius = 1,
        };
        return new("augment/view", "250×250 to 224×224", memory =>
        {
            DeviceSpan view = memory.EmptyFloats(3L * View.Pixels), devicePicture = memory.Floats(picture);
            return new(() => memory.Kernels.Augment.MakeViews(view, devicePicture, [recipe], Crop, View), view);
        })
        {
            Words = 3.0 * ((250 * 250) + View.Pixels),
        };
    }

    private static OperationCheck Position()
    {
        PositionEmbeddingSize size = new(14, 7, 7, 384);
        float[] table = CheckNumbers.Uniform(62, ((size.SourceGrid * size.SourceGrid) + 1) * size.Embedding);
        return new("position embedding", "14×14 to 7×7, 384", memory =>
        {
            DeviceSpan resized = memory.EmptyFloats(((size.GridHeight * size.GridWidth) + 1) * size.Embedding), deviceTable = memory.Floats(table);
            return new(() => memory.Kernels.PositionEmbedding.Forward(resized, deviceTable, size), resized);
        })
        {
            Words = table.Length,
            Truth = i =>
            {
                (int column, int token) = (i % size.Embedding, i / size.Embedding);
                if (token == 0)
                {
                    return table[column];
                }

                double sum = 0;
                (double[] rows, int firstRow) = Taps((token - 1) / size.GridWidth, size.GridHeight, size.SourceGrid);
                (double[] columns, int firstColumn) = Taps((token - 1) % size.GridWidth, size.GridWidth, size.SourceGrid);
                for (int tap = 0; tap < 16; tap++)
                {
                    int row = Math.Clamp(firstRow + (tap / 4), 0, size.SourceGrid - 1), at = Math.Clamp(firstColumn + (tap % 4), 0, size.SourceGrid - 1);
                    sum += rows[tap / 4] * columns[tap % 4] * table[((1 + (row * size.SourceGrid) + at) * size.Embedding) + column];
                }

                return sum;
            },
        };
    }

    /// <summary>The four weights of a bicubic sample (a = −0.75) and where the first lies.</summary>
    private static (double[] Weights, int First) Taps(int i, int outputs, int source)
    {
        const double a = -0.75;
        double place = ((i + 0.5) * source / (outputs + 0.1)) - 0.5, floor = Math.Floor(place);
        double Weight(double distance)
        {
            double x = Math.Abs(distance);
            return x <= 1 ? (((a + 2) * x * x * x) - ((a + 3) * x * x) + 1) : (a * ((x * x * x) - (5 * x * x) + (8 * x) - 4));
        }

        return ([.. Enumerable.Range(-1, 4).Select(offset => Weight(place - floor - offset))], (int)floor - 1);
    }
}
