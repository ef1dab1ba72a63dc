using DoRA.Kernels;
using DoRA.Model;

namespace DoRA.Perf;

/// <summary>The whole training step on one clip: teacher, tracker, three masked and six local views a frame, backward, AdamW and the teacher's update.</summary>
public abstract class StepBenchmark(
    string architecture, VisionTransformerConfiguration backbone, int frames, int localSize, int outputs) : Benchmark
{
    private const int LocalViews = 6;

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        TrainingConfiguration configuration = new(new(backbone, new(outputs)));
        using StudentTeacher training = new(device, configuration);
        int size = backbone.ImageSize;
        DeviceSpan globals = Random(device, 3L * frames * size * size), locals = Random(device, 3L * LocalViews * frames * localSize * localSize);
        TrainingBatch batch = new(1, frames, new(globals, frames, size, size), new(locals, LocalViews * frames, localSize, localSize));
        uint step = 0;
        StepResult Step() => training.Step(batch, new(step++, 1e-4, 0.04, 0.996, 0.04));
        yield return new(Operation, () => Step().ReadLoss())
        {
            Queue = () => Step(),
            Flops = Flops(configuration, frames, localSize),
            IsStep = true,
            Peer = $"step --arch {architecture} --batch 1 --frames {frames} --image {size} --local {localSize} --patch {backbone.Patch} --outputs {outputs}",
        };
        globals.Buffer.Dispose();
        locals.Buffer.Dispose();
    }

    /// <summary>As usually counted: forward once, backward twice as much, nothing left out of the last blocks.</summary>
    private static double Flops(TrainingConfiguration configuration, int frames, int localSize)
    {
        VisionTransformerConfiguration backbone = configuration.Network.Backbone;
        DinoHeadConfiguration head = configuration.Network.Head;
        double width = backbone.Width;
        double View(int size)
        {
            double tokens = 1 + Math.Pow(size / backbone.Patch, 2);
            return (2 * (tokens - 1) * 3 * backbone.Patch * backbone.Patch * width)
                + (backbone.Depth * ((24 * tokens * width * width) + (4 * tokens * tokens * width)))
                + (2 * ((width * head.Hidden) + ((double)head.Hidden * head.Hidden) + ((double)head.Hidden * head.Bottleneck) + ((double)head.Bottleneck * head.Outputs)));
        }

        return frames * (View(backbone.ImageSize) + (3 * ((configuration.Tracker.Objects * View(backbone.ImageSize)) + (LocalViews * View(localSize)))));
    }
}

/// <summary>ViT-tiny, 8 frames of 224 pixels, 65,536 outputs.</summary>
public sealed class TinyStepBenchmark() : StepBenchmark("tiny", VisionTransformerConfiguration.Tiny(), 8, 112, 65536)
{
    public override string Operation => "step/tiny";
}

/// <summary>ViT-tiny, 4 frames of 96 pixels, 4,096 outputs: a step of a fraction of a second.</summary>
public sealed class QuickStepBenchmark() : StepBenchmark("tiny", VisionTransformerConfiguration.Tiny(imageSize: 96), 4, 48, 4096)
{
    public override string Operation => "step/quick";
}

/// <summary>ViT-small, 4 frames of 224 pixels, 65,536 outputs.</summary>
public sealed class SmallStepBenchmark() : StepBenchmark("small", VisionTransformerConfiguration.Small(), 4, 112, 65536)
{
    public override string Operation => "step/small";
}
