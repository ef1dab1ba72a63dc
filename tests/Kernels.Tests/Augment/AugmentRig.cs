using DoRA.Kernels.Augment;
using DoRA.References;

namespace DoRA.Kernels.Tests.Augment;

/// <summary>Runs the engine and the reference on the same pictures.</summary>
internal static class AugmentRig
{
    /// <summary>Views of one crop by the CPU engine, [recipes][3, height, width] flat, as they leave the engine (normalised).</summary>
    public static float[][] Views(float[] crop, PictureSize cropSize, PictureSize viewSize, params ReadOnlySpan<ViewRecipe> recipes)
    {
        using CpuDevice device = new(2);
        int pixels = 3 * viewSize.Pixels;
        DeviceSpan crops = device.Allocate(crop.Length, ElementType.Float32),
            views = device.Allocate((long)recipes.Length * pixels, ElementType.Float32);
        device.Upload<float>(crops, crop);
        device.Kernels.Augment.MakeViews(views, crops, recipes, cropSize, viewSize);
        return Rows(device, views, recipes.Length, pixels);
    }

    /// <summary>Crops of one frame by the CPU engine, [boxes][3, height, width] flat.</summary>
    public static float[][] Crops(byte[] frame, FrameFormat format, PictureSize size, params ReadOnlySpan<CropBox> boxes)
    {
        using CpuDevice device = new(2);
        int pixels = 3 * size.Pixels;
        DeviceSpan frames = device.Allocate(frame.Length, ElementType.Byte),
            crops = device.Allocate((long)boxes.Length * pixels, ElementType.Float32);
        device.Upload<byte>(frames, frame);
        FrameCut[] cuts = new FrameCut[boxes.Length];
        for (int i = 0; i < cuts.Length; i++)
        {
            cuts[i] = new(0, format, boxes[i]);
        }

        device.Kernels.Augment.CropFrames(crops, frames, cuts, size);
        return Rows(device, crops, boxes.Length, pixels);
    }

    /// <summary>A packed frame as a decoder may lay it out: planes anywhere and in any order, rows any length apart, noise in between.</summary>
    public static (byte[] Frame, FrameFormat Format) Spread(byte[] packed, FrameFormat format, Random random)
    {
        int[] order = [0, 1, 2];
        random.Shuffle(order);
        int lumaStride = format.Plane(0).RowBytes + random.Next(8), chromaStride = format.Plane(1).RowBytes + random.Next(8);
        long[] offsets = new long[3];
        long end = 0;
        foreach (int plane in order)
        {
            offsets[plane] = end + random.Next(20);
            end = new FramePlane(offsets[plane], plane == 0 ? lumaStride : chromaStride, format.Plane(plane).RowBytes, format.Plane(plane).Rows).End;
        }

        FrameFormat spread = format with { Layout = new(offsets[0], offsets[1], offsets[2], lumaStride, chromaStride) };
        byte[] frame = new byte[spread.Bytes];
        random.NextBytes(frame);
        for (int plane = 0; plane < 3; plane++)
        {
            (FramePlane from, FramePlane to) = (format.Plane(plane), spread.Plane(plane));
            for (int row = 0; row < from.Rows; row++)
            {
                packed.AsSpan((int)from.Offset + (row * from.Stride), from.RowBytes).CopyTo(frame.AsSpan((int)to.Offset + (row * to.Stride)));
            }
        }

        return (frame, spread);
    }

    /// <summary>Takes the normalisation back: values in 0..1, in double.</summary>
    public static double[] Denormalized(float[] view)
    {
        int pixels = view.Length / 3;
        return [.. view.Select((value, i) =>
            ((double)value * AugmentKernels.StandardDeviation[i / pixels]) + AugmentKernels.Mean[i / pixels])];
    }

    /// <summary>The whole recipe by the reference, before normalisation.</summary>
    public static double[,,] Reference(double[,,] crop, ViewRecipe recipe, PictureSize size)
    {
        CropBox box = recipe.Box;
        double[,,] view = recipe.Filter == ResizeFilter.Bicubic
            ? AugmentReference.ResizeBicubic(crop, box.Top, box.Left, box.Height, box.Width, size.Height, size.Width)
            : AugmentReference.ResizeBilinear(crop, box.Top, box.Left, box.Height, box.Width, size.Height, size.Width);
        view = recipe.Flip ? AugmentReference.Flip(view) : view;
        for (int i = 0; i < 4; i++)
        {
            view = recipe.Color(i) switch
            {
                (ColorOperation.Brightness, float factor) => AugmentReference.Brightness(view, factor),
                (ColorOperation.Contrast, float factor) => AugmentReference.Contrast(view, factor),
                (ColorOperation.Saturation, float factor) => AugmentReference.Saturation(view, factor),
                (ColorOperation.Hue, float factor) => AugmentReference.Hue(view, factor),
                _ => view,
            };
        }

        view = recipe.Grayscale ? AugmentReference.Grayscale(view) : view;
        view = recipe.BlurRadius > 0 ? AugmentReference.GaussianBlur(view, recipe.BlurRadius) : view;
        return recipe.Solarize ? AugmentReference.Solarize(view) : view;
    }

    public static double[,,] Picture(float[] values, PictureSize size)
    {
        double[,,] picture = new double[3, size.Height, size.Width];
        Buffer.BlockCopy(values.Select(value => (double)value).ToArray(), 0, picture, 0, values.Length * sizeof(double));
        return picture;
    }

    public static double LargestDifference(IEnumerable<double> actual, IEnumerable<double> expected) =>
        actual.Zip(expected, (a, b) => a.Equals(b) ? 0 : Math.Abs(a - b))
            .Aggregate(0.0, (largest, difference) => difference > largest || double.IsNaN(difference) ? difference : largest);

    private static float[][] Rows(CpuDevice device, DeviceSpan span, int count, int length)
    {
        float[][] rows = new float[count][];
        for (int i = 0; i < count; i++)
        {
            device.Download<float>(rows[i] = new float[length], span.Slice((long)i * length, length));
        }

        return rows;
    }
}
