using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Files;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Files;

/// <summary>A released checkpoint, imported and run: what its teacher says of a picture.</summary>
[Category(Golden.Category)]
public sealed class CheckpointOutputsTests
{
    [Test]
    public void The_imported_teacher_gives_the_authors_CLS_token_and_logits(
        [Values("official_checkpoint.pth", "official_checkpoint_legacy.pth")] string file)
    {
        using GoldenFile golden = Golden.Open("checkpoint_expected"), writer = Golden.Open("train_steps");
        using CpuDevice device = new();
        using Arena arena = new(device);
        Tape tape = new(arena);
        // The number of heads is in no tensor; it is that of the run which wrote the checkpoint.
        VisionTransformerConfiguration backbone = new(
            writer.Size("embed"), writer.Size("depth"), writer.Size("heads"), writer.Size("patch"), writer.Size("img"));
        DinoHeadConfiguration head = new(writer.Size("out"), writer.Size("hidden"), writer.Size("bottleneck"));
        using Network teacher = new(device, new(backbone, head), isTrained: false);
        IReadOnlyDictionary<string, HostTensor> weights = ImportedCheckpoint.Load(Golden.PathOf($"core/{file}")).Teacher!;
        foreach (Parameter parameter in teacher.Parameters.Parameters)
        {
            device.Upload<float>(parameter.Data, weights[parameter.Name].Floats());
        }

        int[] shape = golden.Shape("image");
        DeviceSpan pixels = arena.Rent(shape.Aggregate(1, (a, b) => a * b), ElementType.Float32);
        device.Upload<float>(pixels, golden.Floats("image"));
        ImageBatch images = new(pixels, shape[0], shape[2], shape[3]);
        using Tape.NoGradScope scope = tape.NoGrad();
        Tensor cls = teacher.Backbone.ForwardCls(tape, teacher.Backbone.Assemble(tape, teacher.Backbone.Embed(tape, images), images));

        Check(golden, "cls", cls);
        Check(golden, "logits", teacher.Head.Forward(tape, cls));
    }

    private static void Check(GoldenFile golden, string name, Tensor tensor)
    {
        float[] values = new float[tensor.Length];
        tensor.Data.Buffer.Device.Download<float>(values, tensor.Data);
        GoldenComparison comparison = golden.Compare(name, values);
        Assert.That(comparison.Passes, comparison.ToString());
    }
}
