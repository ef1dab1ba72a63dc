using DoRA.Autograd;
using DoRA.References;

namespace DoRA.Model.Tests;

[Category(Golden.Category)]
[TestFixture(Engine.Cpu)]
[TestFixture(Engine.CudaOnPtxMachine)]
public sealed class DinoHeadGoldenTests(Engine engine)
{
    private static readonly object[] Files = [new object[] { "head_norm_last", true }, new object[] { "head_free_last", false }];

    [TestCaseSource(nameof(Files))]
    public void Logits_and_gradients_are_the_authors(string file, bool normLastLayer)
    {
        using GoldenFile golden = Golden.Open(file);
        using TestBench bench = new(engine);
        ParameterStore store = bench.Store();
        DinoHead head = new(
            store, "", golden.Size("embed"), new(golden.Size("out"), golden.Size("hidden"), golden.Size("bottleneck"), normLastLayer));
        store.Allocate(withGradients: true);
        store.Load(golden, "weight/");
        Tensor features = Tape.Variable(bench.Upload(golden.Floats("features")), golden.Shape("features"));

        Tensor logits = head.Forward(bench.Tape, features);
        golden.Check("logits", bench.Download(logits.Data));
        bench.Tape.Backward(logits, bench.Upload(golden.Floats("upstream")));

        golden.Check("gradient/features", bench.Download(features.Gradient));
        foreach (Parameter parameter in store.Parameters)
        {
            Assert.That(parameter.RequiresGradient, Is.EqualTo(golden.Contains($"gradient/{parameter.Name}")), parameter.Name);
            if (parameter.RequiresGradient)
            {
                golden.Check($"gradient/{parameter.Name}", bench.Download(parameter.Gradient));
            }
        }
    }
}
