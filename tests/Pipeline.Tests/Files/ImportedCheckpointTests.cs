using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Files;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Files;

[Category(Golden.Category)]
public class ImportedCheckpointTests
{
    private const string ExpectedPrefix = "backbone/";

    [TestCase("official_checkpoint.pth")]
    [TestCase("official_checkpoint_legacy.pth")]
    public void The_teacher_is_read_to_the_bit(string name)
    {
        var checkpoint = Load(name);
        using var expected = Golden.Open("checkpoint_expected");
        var names = expected.Names.Where(tensor => tensor.StartsWith(ExpectedPrefix, StringComparison.Ordinal)).ToList();
        Assert.That(names, Is.Not.Empty);
        Assert.That(checkpoint.Teacher!.Keys.Where(tensor => tensor.StartsWith("backbone.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            Is.EqualTo(names.Select(tensor => "backbone." + tensor[ExpectedPrefix.Length..])));
        foreach (var tensor in names)
        {
            var actual = checkpoint.Teacher["backbone." + tensor[ExpectedPrefix.Length..]];
            Assert.That(actual.Shape, Is.EqualTo(expected.Shape(tensor)), tensor);
            Assert.That(actual.Floats(), Is.EqualTo(expected.Floats(tensor)), tensor);
            Assert.That(expected.Compare(tensor, actual.Floats()).Passes);
        }
    }

    [Test]
    public void A_training_checkpoint_has_its_student_center_epoch_and_arguments()
    {
        using var expected = Golden.Open("checkpoint_expected");
        var outputs = expected.Shape("logits")[1];
        var checkpoint = Load("official_checkpoint.pth");
        Assert.That(checkpoint.Student!.Keys, Is.EqualTo(checkpoint.Teacher!.Keys));
        Assert.That(checkpoint.Student.Keys, Has.All.StartsWith("backbone.").Or.StartsWith("head."));
        Assert.That(checkpoint.Center, Has.Length.EqualTo(outputs));
        Assert.That(checkpoint.Epoch, Is.Positive);
        Assert.That(checkpoint.Arguments["out_dim"], Is.EqualTo((long)outputs));
        Assert.That(checkpoint.Arguments["patch_size"], Is.EqualTo((long)checkpoint.Weights["backbone.patch_embed.proj.weight"].Shape[2]));
        Assert.That(checkpoint.Arguments["arch"], Is.InstanceOf<string>());
        Assert.That(checkpoint.Arguments["lr"], Is.InstanceOf<double>());
        Assert.That(checkpoint.Arguments["norm_last_layer"], Is.InstanceOf<bool>());
    }

    [Test]
    public void The_old_format_holds_the_same()
    {
        var zip = Load("official_checkpoint.pth");
        var legacy = Load("official_checkpoint_legacy.pth");
        AssertSame(legacy.Student!, zip.Student!);
        AssertSame(legacy.Teacher!, zip.Teacher!);
        Assert.That(legacy.Center, Is.EqualTo(zip.Center));
        Assert.That(legacy.Epoch, Is.EqualTo(zip.Epoch));
        Assert.That(legacy.Arguments, Is.EquivalentTo(zip.Arguments));
    }

    [Test]
    public void The_optimiser_s_moments_find_their_parameters()
    {
        var checkpoint = Load("official_checkpoint.pth");
        Assert.That(checkpoint.Moments!.Keys, Is.EquivalentTo(checkpoint.Student!.Keys));
        foreach (var (name, moments) in checkpoint.Moments)
        {
            Assert.That(moments.Mean.Shape, Is.EqualTo(checkpoint.Student[name].Shape), name);
            Assert.That(moments.Variance.Shape, Is.EqualTo(checkpoint.Student[name].Shape), name);
            Assert.That(moments.Variance.Floats(), Has.All.GreaterThanOrEqualTo(0f), name);
            Assert.That(moments.Step, Is.Positive, name);
            // By Cauchy and Schwarz mean^2 <= variance (1-b1)^2 / ((1-b2) (1 - b1^2/b2)), which is 52.86 for Adam's 0.9 and 0.999.
            foreach (var (mean, variance) in moments.Mean.Floats().Zip(moments.Variance.Floats()))
                Assert.That(mean * mean <= (53f * variance) + 1e-30f, name);
        }
    }

    // Rounding to nearest keeps 11 bits of half and 8 of bfloat16; below 2^-14 half has a fixed step.
    [TestCase("backbone_only_half.pth", StoredType.Float16, 1.0 / 2048, 3.0e-8)]
    [TestCase("backbone_only_bfloat16.pth", StoredType.BFloat16, 1.0 / 256, 0)]
    public void A_bare_state_dict_in_half_precision_is_the_rounded_teacher(string name, StoredType type, double relative, double absolute)
    {
        var checkpoint = Load(name);
        using var expected = Golden.Open("checkpoint_expected");
        Assert.That(checkpoint.Student, Is.Null);
        Assert.That(checkpoint.Weights, Has.Count.EqualTo(expected.Names.Count(tensor => tensor.StartsWith(ExpectedPrefix, StringComparison.Ordinal))));
        foreach (var (tensor, value) in checkpoint.Weights)
        {
            Assert.That(value.Type, Is.EqualTo(type));
            var golden = expected.Floats(ExpectedPrefix + tensor["backbone.".Length..]);
            foreach (var (actual, wanted) in value.Floats().Zip(golden))
                Assert.That(Math.Abs(actual - wanted) <= (relative * Math.Abs(wanted)) + absolute, tensor);
        }
    }

    [Test]
    public void Views_are_read_as_PyTorch_sees_them()
    {
        var tensors = Load("views.pth").Weights;
        var whole = tensors["backbone.shared_a"];
        var (rows, columns) = (whole.Shape[0], whole.Shape[1]);
        var values = whole.Floats();
        Assert.That(tensors["backbone.shared_b"].Floats(), Is.EqualTo(values));

        var transposed = tensors["backbone.transposed_view"];
        Assert.That(transposed.Shape, Is.EqualTo((int[])[columns, rows]));
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                Assert.That(transposed.Floats()[(column * rows) + row], Is.EqualTo(values[(row * columns) + column]));
        }

        var slice = tensors["backbone.slice_view"];
        var start = Array.IndexOf(values, slice.Floats()[0]);
        for (var i = 0; i < slice.Count; i++)
        {
            Assert.That(slice.Floats()[i],
                Is.EqualTo(values[start + (i / slice.Shape[1] * columns) + (i % slice.Shape[1])]));
        }

        Assert.That(tensors["backbone.scalar"].Shape, Is.Empty);
        Assert.That(tensors["backbone.scalar"].Floats(), Has.Length.EqualTo(1));
        Assert.That(tensors["backbone.empty"].Shape, Does.Contain(0));
        Assert.That(tensors["backbone.empty"].Floats(), Is.Empty);
        Assert.That(tensors["backbone.int64"].Type, Is.EqualTo(StoredType.Int64));
        Assert.That(tensors["backbone.int64"].Longs(), Is.EqualTo(Enumerable.Range(0, (int)tensors["backbone.int64"].Count)));
        Assert.That(tensors["backbone.bool"].Type, Is.EqualTo(StoredType.Bool));
        Assert.That(tensors["backbone.bool"].Longs(), Has.All.InRange(0L, 1L));
    }

    [Test]
    public void Weights_go_to_safetensors_and_come_back()
    {
        var checkpoint = Load("official_checkpoint.pth");
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");
        try
        {
            checkpoint.WriteWeights(path);
            using var file = SafetensorsFile.Open(path);
            Assert.That(file.Tensors.Keys, Is.EquivalentTo(checkpoint.Teacher!.Keys));
            AssertSame(file.Tensors.Keys.ToDictionary(name => name, file.Read), checkpoint.Teacher);
            Assert.That(file.Metadata["source"], Is.EqualTo("official_checkpoint.pth"));
            Assert.That(file.Metadata["arguments.arch"], Is.EqualTo(checkpoint.Arguments["arch"]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_pickle_that_would_run_a_command_is_refused_by_name() =>
        Assert.That(() => Load("malicious.pth"), Throws.TypeOf<UserException>()
            .With.Message.Contains("malicious.pth").And.Message.Contains("posix.system").And.Message.Contains("nothing was run"));

    [Test]
    public void A_truncated_file_is_refused() =>
        Assert.That(() => Load("truncated.pth"), Throws.TypeOf<UserException>().With.Message.Contains("truncated"));

    [TestCase("official_checkpoint.pth")]
    [TestCase("official_checkpoint_legacy.pth")]
    [TestCase("views.pth")]
    public void However_much_is_cut_off_it_is_refused(string name)
    {
        var bytes = File.ReadAllBytes(Golden.PathOf($"core/{name}"));
        using var copy = new TemporaryFile("cut.pth");
        for (var part = 0; part < 40; part++)
        {
            File.WriteAllBytes(copy.Path, bytes[..(int)((long)bytes.Length * part / 40)]);
            Assert.That(() => ImportedCheckpoint.Load(copy.Path), Throws.TypeOf<UserException>().With.Message.Contains(copy.Path), $"{part}/40");
        }
    }

    private static ImportedCheckpoint Load(string name) => ImportedCheckpoint.Load(Golden.PathOf($"core/{name}"));

    private static void AssertSame(IReadOnlyDictionary<string, HostTensor> actual, IReadOnlyDictionary<string, HostTensor> expected)
    {
        Assert.That(actual.Keys, Is.EquivalentTo(expected.Keys));
        foreach (var (name, tensor) in expected)
        {
            Assert.That(actual[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(actual[name].Floats(), Is.EqualTo(tensor.Floats()), name);
        }
    }
}
