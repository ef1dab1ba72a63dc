using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Perf;

/// <summary>One crop of a decoded frame, and one view with all colour operations, by size.</summary>
public sealed class AugmentBenchmark : Benchmark
{
    public override string Operation => "augment";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        FrameFormat fullHd = new(1920, 1080, 1, 1, 8, false, ColorMatrix.Bt709, 0);
        yield return Crop(device, "crop/1080p/700to300", fullHd, new(100, 100, 700, 700), new(300, 300));
        yield return Crop(device, "crop/2160p-10bit/1400to300", fullHd with { Width = 3840, Height = 2160, BitDepth = 10 },
            new(100, 100, 1400, 1400), new(300, 300));
        yield return Crop(device, "crop/144p/whole", fullHd with { Width = 256, Height = 144 }, new(0, 0, 144, 256), new(144, 256));
        yield return View(device, "view/300to224/bilinear", new(300, 300), 250, 224, ResizeFilter.Bilinear, blur: 0);
        yield return View(device, "view/300to224/bicubic+blur", new(300, 300), 250, 224, ResizeFilter.Bicubic, blur: 1);
        yield return View(device, "view/300to112/bicubic", new(300, 300), 140, 112, ResizeFilter.Bicubic, blur: 0);
        yield return View(device, "view/300to112/bicubic+blur", new(300, 300), 140, 112, ResizeFilter.Bicubic, blur: 1);
        yield return View(device, "view/144to32/bicubic+blur", new(144, 256), 120, 32, ResizeFilter.Bicubic, blur: 1);
    }

    private static BenchmarkCase Crop(Device device, string name, FrameFormat format, CropBox box, PictureSize size)
    {
        byte[] bytes = new byte[format.Bytes];
        new Random(1).NextBytes(bytes);
        DeviceSpan frame = device.Allocate(format.Bytes, ElementType.Byte), crop = device.Allocate(3L * size.Pixels, ElementType.Float32);
        device.Upload<byte>(frame, bytes);
        FrameCut[] cuts = [new(0, format, box)];
        // Samples of the box are read once where each has its share in the crop, and three planes are written.
        double samples = Math.Min(box.Height * (double)box.Width, 4.0 * size.Pixels) * 1.5;
        return new($"augment/{name}", () => device.Kernels.Augment.CropFrames(crop, frame, cuts, size))
        {
            Bytes = (samples * format.BytesPerSample) + (12.0 * size.Pixels),
        };
    }

    private static BenchmarkCase View(Device device, string name, PictureSize cropSize, int box, int side, ResizeFilter filter, float blur)
    {
        float[] values = [.. Enumerable.Repeat(new Random(1), 3 * cropSize.Pixels).Select(random => random.NextSingle())];
        DeviceSpan crop = device.Allocate(values.Length, ElementType.Float32),
            view = device.Allocate(3L * side * side, ElementType.Float32);
        device.Upload<float>(crop, values);
        ViewRecipe[] recipes =
        [
            new()
            {
                Box = new(3, 5, box, box),
                Filter = filter,
                Flip = true,
                Color1 = new(ColorOperation.Brightness, 1.2f),
                Color2 = new(ColorOperation.Contrast, 0.8f),
                Color3 = new(ColorOperation.Saturation, 1.1f),
                Color4 = new(ColorOperation.Hue, 0.05f),
                BlurRadius = blur,
            },
        ];
        return new($"augment/{name}", () => device.Kernels.Augment.MakeViews(view, crop, recipes, cropSize, new(side, side)))
        {
            Bytes = 12.0 * ((box * box) + (side * side)),
        };
    }
}
