using System.IO.Compression;
using System.Text;
using CsCheck;
using DoRA.Kernels;
using DoRA.Pipeline.Files;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Files;

/// <summary>Pickles that no honest program writes: each is refused in a sentence, quickly and in little memory.</summary>
public class HostilePickleTests
{
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n";
    private const string Storage = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu";

    // A dictionary {"a": tensor}: the storage has 4 floats; offset, shape and strides follow.
    private static string OneTensor(string view) => "}X\u0001\0\0\0a" + Tensor + "(" + Storage + "K\u0004tQ" + view + "\u0089}tRs.";

    [Test]
    public void An_honest_one_made_the_same_way_is_read()
    {
        var tensor = Load(OneTensor("K\u0000K\u0002K\u0002\u0086K\u0002K\u0001\u0086")).Weights["backbone.a"];
        Assert.That(tensor.Shape, Is.EqualTo((int[])[2, 2]));
        Assert.That(tensor.Floats(), Is.EqualTo((float[])[0, 1, 2, 3]));
    }

    [TestCase("cos\nsystem\n.", "os.system", TestName = "A command")]
    [TestCase("c__builtin__\neval\nX\u0001\0\0\01\u0085R.", "__builtin__.eval", TestName = "eval")]
    [TestCase("ctorch._utils\n_rebuild_tensor_v2\n)R.", "rebuilds a tensor", TestName = "A tensor without arguments")]
    [TestCase("ccollections\nOrderedDict\nK\u0001\u0085R.", "arguments that weights do not need", TestName = "A dictionary with arguments")]
    [TestCase("K\u0001.", "no dictionary", TestName = "A number")]
    [TestCase("}.", "no tensors", TestName = "An empty dictionary")]
    [TestCase("}X\u0001\0\0\0aK\u0001s.", "entry a is no tensor", TestName = "A dictionary of numbers")]
    [TestCase("}]K\u0001s.", "neither text nor a whole number", TestName = "A list as key")]
    [TestCase("0.", "empty stack", TestName = "A pop of nothing")]
    [TestCase("t.", "no mark", TestName = "A tuple without a mark")]
    [TestCase("}(K\u0001\u0086.", "empty stack", TestName = "A pop across a mark")]
    [TestCase("h\u0005.", "reference to nothing", TestName = "An unknown memo")]
    [TestCase("I1\n.", "operation 0x49", TestName = "An operation of protocol 0")]
    [TestCase("\u0080\u0009}.", "protocol 9", TestName = "An unknown protocol")]
    [TestCase("X\u00ff\u00ff\u00ff\u00ffa.", "truncated", TestName = "A text of 4 GB")]
    [TestCase("\u008a\u00ff.", "truncated", TestName = "A number of 255 bytes")]
    [TestCase("\u008a\u0009\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u0001.", "beyond 64 bits", TestName = "A number of 72 bits")]
    [TestCase("}}b}K\u0001b.", "takes none", TestName = "A number as state")]
    [TestCase("K\u0001Q.", "persistent id that is no tuple", TestName = "A number as storage")]
    [TestCase("}", "truncated", TestName = "No end")]
    public void Is_refused(string pickle, string expected) => AssertRefused(pickle, expected);

    [TestCase("K\u0001K\u0002K\u0002\u0086K\u0002K\u0001\u0086", "beyond", TestName = "A view that starts too late")]
    [TestCase("K\u0000K\u0004\u0085K\u0002\u0085", "beyond", TestName = "A view with too long strides")]
    [TestCase("K\u0000J\u00ff\u00ff\u00ff\u007f\u0085K\u0000\u0085", "beyond", TestName = "A broadcast to 2^31 elements")]
    [TestCase("K\u0000J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0087K\u0000K\u0000K\u0000\u0087", "beyond", TestName = "A broadcast to 2^93 elements")]
    [TestCase("K\u0000(J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fK\u0001t(K\u0000K\u0000K\u0000K\u0000t", "beyond", TestName = "A broadcast in four dimensions")]
    [TestCase("K\u0000K\u0004\u0085J\u00ff\u00ff\u00ff\u00ff\u0085", "no whole number", TestName = "A negative stride")]
    [TestCase("J\u00ff\u00ff\u00ff\u00ffK\u0004\u0085K\u0001\u0085", "rebuilds a tensor", TestName = "A negative offset")]
    [TestCase("K\u0000K\u0002K\u0002\u0086K\u0001\u0085", "rebuilds a tensor", TestName = "Fewer strides than sizes")]
    public void A_tensor_is_refused(string view, string expected) => AssertRefused(OneTensor(view), expected);

    [Test]
    public void A_huge_shape_with_a_zero_is_an_empty_tensor()
    {
        var huge = "J\u00ff\u00ff\u00ff\u007f";
        var tensor = Load(OneTensor($"K\u0000({huge}{huge}{huge}K\u0000t(K\u0000K\u0000K\u0000K\u0000t")).Weights["backbone.a"];
        Assert.That(tensor.Floats(), Is.Empty);
    }

    [Test]
    public void Deep_nesting_takes_no_stack() => AssertRefused(new string(']', 1) + string.Concat(Enumerable.Repeat("\u0085", 1_000_000)) + ".", "no dictionary");

    [Test]
    public void Endless_work_is_cut_off() => AssertRefused(string.Concat(Enumerable.Repeat("]0", 2_000_001)) + ".", "operations");

    [Test]
    public void Many_views_of_one_storage_are_cut_off()
    {
        // 3,000 transposed views of one storage of 256 KiB: each would take as much again.
        var pickle = new StringBuilder("}");
        for (var i = 0; i < 3000; i++)
        {
            pickle.Append($"X\u0004\0\0\0{i:d4}").Append(Tensor).Append('(').Append(Storage).Append("J\0\0\u0001\0tQ")
                .Append("K\u0000M\0\u0001M\0\u0001\u0086K\u0001M\0\u0001\u0086\u0089}tRs");
        }
        AssertRefused(pickle.Append('.').ToString(), "share so much", storageFloats: 65536);
    }

    [Test]
    public void A_compressed_storage_is_refused() =>
        AssertRefused(OneTensor("K\u0000K\u0002K\u0002\u0086K\u0002K\u0001\u0086").Replace("K\u0004tQ", "J\0\0\u0001\0tQ"), "compressed", storageFloats: 65536,
            CompressionLevel.SmallestSize);

    [Test]
    public void A_storage_of_another_length_is_refused() =>
        AssertRefused(OneTensor("K\u0000K\u0002K\u0002\u0086K\u0002K\u0001\u0086"), "where 16 belong", storageFloats: 5);

    [Test]
    public void A_missing_file_and_one_that_is_no_PyTorch_file_are_named()
    {
        using var file = new TemporaryFile("weights.pth");
        Assert.That(() => ImportedCheckpoint.Load(file.Path), Throws.TypeOf<UserException>().With.Message.Contains("does not exist"));
        File.WriteAllText(file.Path, "hello");
        Assert.That(() => ImportedCheckpoint.Load(file.Path), Throws.TypeOf<UserException>().With.Message.Contains("not a file of torch.save"));
    }

    // Any change of a few bytes gives a file that is read or refused in a sentence.
    [TestCase("views.pth")]
    [TestCase("official_checkpoint_legacy.pth")]
    [Category(Golden.Category)]
    public void Changed_bytes_never_crash(string name)
    {
        var good = File.ReadAllBytes(Golden.PathOf($"core/{name}"));
        using var file = new TemporaryFile("changed.pth");
        Gen.Select(Gen.Int[0, Math.Min(good.Length, 14_000) - 1], Gen.Byte).List[1, 6].Sample(changes =>
        {
            var bytes = good.ToArray();
            foreach (var (at, value) in changes)
                bytes[at] = value;
            File.WriteAllBytes(file.Path, bytes);
            try
            {
                _ = ImportedCheckpoint.Load(file.Path);
            }
            catch (UserException)
            {
                // Refused in a sentence: what this test asks for. Any other exception fails it.
            }
        }, iter: 600, threads: 1);
    }

    private static void AssertRefused(
        string pickle, string expected, int storageFloats = 4, CompressionLevel compression = CompressionLevel.NoCompression) =>
        Assert.That(() => Load(pickle, storageFloats, compression), Throws.TypeOf<UserException>().With.Message.Contains(expected));

    private static ImportedCheckpoint Load(
        string pickle, int storageFloats = 4, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var file = new TemporaryFile("made.pth");
        using (var zip = ZipFile.Open(file.Path, ZipArchiveMode.Create))
        {
            Add(zip, "made/data.pkl", Encoding.Latin1.GetBytes(pickle), CompressionLevel.NoCompression);
            var floats = Enumerable.Range(0, storageFloats).SelectMany(value => BitConverter.GetBytes((float)value)).ToArray();
            Add(zip, "made/data/0", floats, compression);
        }
        return ImportedCheckpoint.Load(file.Path);
    }

    private static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel compression)
    {
        using var stream = zip.CreateEntry(name, compression).Open();
        stream.Write(content);
    }
}
