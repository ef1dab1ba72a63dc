using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>
/// Labels a picture of any size: its short side is brought to the crop, a window of the crop's size slides over it, logits are brought to
/// pixels bilinearly and averaged where windows overlap, then brought to the picture's own size; the largest wins.
/// </summary>
public sealed class SlidingWindow(FrozenEncoder encoder, LinearHead head, SegmentationSettings settings)
{
    public LabelImage Predict(RgbImage picture)
    {
        double scale = (double)settings.Crop / Math.Min(picture.Width, picture.Height);
        int width = Math.Max(settings.Crop, (int)Math.Round(picture.Width * scale)),
            height = Math.Max(settings.Crop, (int)Math.Round(picture.Height * scale));
        float[] logits = Logits(picture.ResizeOpenCv(width, height));
        float[] most = new float[picture.Width * picture.Height];
        Array.Fill(most, float.NegativeInfinity);
        byte[] labels = new byte[most.Length];
        for (int index = 0; index < head.Classes; index++)
        {
            float[] plane = TorchResize.Bilinear(
                logits[(index * width * height)..((index + 1) * width * height)], 1, height, width, picture.Height, picture.Width);
            for (int i = 0; i < plane.Length; i++)
            {
                if (plane[i] > most[i])
                {
                    (most[i], labels[i]) = (plane[i], (byte)index);
                }
            }
        }

        return new(picture.Width, picture.Height, labels);
    }

    /// <summary>Starts of the windows along one side; the last ends with the picture.</summary>
    public static int[] Starts(int side, int crop, int stride) =>
        [.. Enumerable.Range(0, (Math.Max(side - crop + stride - 1, 0) / stride) + 1)
            .Select(i => Math.Max(0, Math.Min((i * stride) + crop, side) - crop))];

    /// <summary>[classes, height, width], averaged over the windows.</summary>
    private float[] Logits(RgbImage picture)
    {
        int crop = settings.Crop, pixels = picture.Width * picture.Height;
        float[] sums = new float[head.Classes * pixels];
        int[] counts = new int[pixels];
        foreach (int top in Starts(picture.Height, crop, settings.Stride))
        {
            foreach (int left in Starts(picture.Width, crop, settings.Stride))
            {
                float[] window = WindowLogits(PatchFeatures.Window(picture, left, top, crop));
                for (int i = 0; i < crop * crop; i++)
                {
                    counts[((top + (i / crop)) * picture.Width) + left + (i % crop)]++;
                }

                Parallel.For(0, head.Classes, index =>
                {
                    for (int i = 0; i < crop * crop; i++)
                    {
                        sums[(index * pixels) + ((top + (i / crop)) * picture.Width) + left + (i % crop)] += window[(index * crop * crop)
                            + i];
                    }
                });
            }
        }

        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] /= counts[i % pixels];
        }

        return sums;
    }

    /// <summary>[classes, crop, crop].</summary>
    private float[] WindowLogits(float[] planes)
    {
        float[] rows = head.Logits(PatchFeatures.Of(encoder, planes, settings.Crop, settings.Blocks));
        int columns = settings.Crop / encoder.Configuration.Patch, patches = columns * columns;
        float[] maps = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            maps[(i % head.Classes * patches) + (i / head.Classes)] = rows[i];
        }

        return TorchResize.Bilinear(maps, head.Classes, columns, columns, settings.Crop, settings.Crop);
    }
}
