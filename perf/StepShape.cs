using DoRA.Kernels;
using DoRA.Model;

namespace DoRA.Perf;

/// <summary>A step of ViT-tiny: <see cref="Batch"/> clips of <see cref="Frames"/> frames, two local views of half the side a frame.</summary>
internal sealed record StepShape
{
    private const int LocalViews = 2;

    public int Batch { get; init; } = 1;

    public int Frames { get; init; } = 4;

    public int ImageSize { get; init; } = 96;

    public int Outputs { get; init; } = 4096;

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Seconds of the fastest of a few steps.</summary>
    public double Measure(double seconds)
    {
        using CpuDevice device = new(Threads);
        using StudentTeacher training = new(device, new(new(VisionTransformerConfiguration.Tiny(imageSize: ImageSize), new(Outputs))));
        int images = Batch * Frames, local = ImageSize / 2 / 16 * 16;
        TrainingBatch batch = new(
            Batch, Frames, new(Benchmark.Random(device, 3L * images * ImageSize * ImageSize), images, ImageSize, ImageSize),
            new(Benchmark.Random(device, 3L * LocalViews * images * local * local), LocalViews * images, local, local));
        uint step = 0;
        return CpuSuite.Fastest(() => training.Step(batch, new(step++, 1e-4, 0.04, 0.996, 0.04)).ReadLoss(), seconds);
    }
}
