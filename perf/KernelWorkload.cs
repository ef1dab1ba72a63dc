using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Model;

namespace DoRA.Perf;

/// <summary>From decoded frames through augmentation and one training step, at sizes small enough for the PTX machine.</summary>
/// <param name="Network">Student and teacher.</param>
/// <param name="Cut">Side of the frames that views are made from.</param>
/// <param name="LocalSize">Side of a local view; a global one has the network's.</param>
internal sealed record KernelWorkload(NetworkConfiguration Network, PictureSize Cut, int LocalSize)
{
    private const int Frames = 2, LocalViews = 2;

    /// <summary>Rows that whole vectors fill and heads of 64, as every size that is trained has.</summary>
    public static KernelWorkload Usual { get; } = new(
        new(new(128, 2, 2, 8, 32), new(64, 32, 256), 0.1f, LinearInitialisation.UniformFanIn), new(48, 56), 16);

    /// <summary>Odd rows, which have kernels of their own.</summary>
    public static KernelWorkload Odd { get; } = new(
        new(new(30, 1, 2, 3, 33), new(61, 35, 259), 0.1f, LinearInitialisation.UniformFanIn), new(47, 53), 15);

    private int GlobalSize => Network.Backbone.ImageSize;

    public void Run(Device device)
    {
        using DeviceBuffer globals = Views(device, 1, GlobalSize, out ImageBatch globalViews);
        using DeviceBuffer locals = Views(device, LocalViews, LocalSize, out ImageBatch localViews);
        using StudentTeacher training = new(device, new(Network, Seed: 1) { Tracker = new(2) });
        training.Step(new(1, Frames, globalViews, localViews), new(0, 1e-3f, 0.04f, 0.99f, 0.04f)).ReadLoss();
    }

    private DeviceBuffer Views(Device device, int views, int size, out ImageBatch images)
    {
        FrameFormat format = new(72, 64, 1, 1, 8, FullRange: false, ColorMatrix.Bt709, Rotation: 0);
        byte[] frame = new byte[format.Bytes];
        new Random(1).NextBytes(frame);
        DeviceSpan frames = device.Allocate(frame.Length, ElementType.Byte);
        DeviceSpan cuts = device.Allocate((long)Frames * 3 * Cut.Pixels, ElementType.Float32);
        using DeviceBuffer frameMemory = frames.Buffer, cutMemory = cuts.Buffer;
        device.Upload<byte>(frames, frame);
        FrameCut cut = new(0, format, new(0, 0, format.Height, format.Width));
        device.Kernels.Augment.CropFrames(cuts, frames, [.. Enumerable.Repeat(cut, Frames)], Cut);

        images = new(device.Allocate((long)views * Frames * 3 * size * size, ElementType.Float32), views * Frames, size, size);
        ViewRecipe[] recipes =
        [
            .. Enumerable.Range(0, images.Count).Select(view => new ViewRecipe
            {
                Source = view % Frames,
                Box = CropBox.Whole(Cut),
                Filter = ResizeFilter.Bicubic,
                Color1 = new(ColorOperation.Brightness, 1.1f),
                Color2 = new(ColorOperation.Hue, 0.1f),
                BlurRadius = 1,
            }),
        ];
        device.Kernels.Augment.MakeViews(images.Pixels, cuts, recipes, Cut, new(size, size));
        return images.Pixels.Buffer;
    }
}
