using DoRA.Autograd;
using DoRA.References;

namespace DoRA.Model.Tests;

[Category(Golden.Category)]
public sealed class CheckpointOutputsGoldenTests
{
    private const string BackbonePrefix = "backbone/", TrainedBy = "train_steps";

    /// <summary>The released checkpoint's backbone. Its heads' number is in no tensor, it is that of the run which wrote it.</summary>
    [Test]
    public void The_checkpoints_teacher_gives_the_authors_CLS_token()
    {
        using GoldenFile golden = Golden.Open("checkpoint_expected"), run = Golden.Open(TrainedBy);
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = new(store, "", run.BackboneConfiguration());
        store.Allocate(withGradients: false);
        store.Load(golden, BackbonePrefix);
        int[] shape = golden.Shape("image");

        VisionFeatures features = backbone.Forward(bench.Tape, new(bench.Upload(golden.Floats("image")), shape[0], shape[2], shape[3]));

        int width = features.Width, tokens = features.Tokens.Shape[1];
        float[] all = bench.Download(features.Tokens.Data);
        float[] cls = [.. Enumerable.Range(0, shape[0]).SelectMany(image => all.Skip(image * tokens * width).Take(width))];
        golden.Check("cls", cls);
    }
}
