using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Model.Tests.Files;

public class SafetensorsTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("dora-safetensors-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Every_type_is_read_back_as_it_was_written()
    {
        var tensors = new Dictionary<string, TensorContent>
        {
            ["float32"] = HostTensor.Of([1.5f, -2.25f, float.MaxValue, float.NaN], 2, 2),
            ["float64"] = HostTensor.Of([Math.PI, -1e300], 2),
            ["float16"] = HostTensor.OfBytes(StoredType.Float16, Bytes<Half>((Half)0.333f, (Half)(-65504)), 2),
            ["bfloat16"] = HostTensor.OfBytes(StoredType.BFloat16, Bytes<ushort>(0x3FC0, 0xC040), 2),
            ["int64"] = HostTensor.Of([long.MinValue, 7], 2),
            ["int32"] = HostTensor.OfBytes(StoredType.Int32, Bytes(int.MinValue, 9), 2),
            ["uint8"] = HostTensor.OfBytes(StoredType.UInt8, [0, 255, 3], 3),
            ["bool"] = HostTensor.OfBytes(StoredType.Bool, [1, 0], 2),
            ["scalar"] = HostTensor.Of([42f]),
            ["empty"] = HostTensor.Of(Array.Empty<float>(), 0, 5),
        };
        using var file = Written(tensors, new Dictionary<string, string> { ["what"] = "a test of \"metadata\" — ü" });

        Assert.That(file.Metadata["what"], Is.EqualTo("a test of \"metadata\" — ü"));
        Assert.That(file.Tensors.Keys, Is.EqualTo(tensors.Keys.Order(StringComparer.Ordinal)));
        foreach (var (name, tensor) in tensors)
        {
            Assert.That(file.Entry(name).Type, Is.EqualTo(tensor.Type), name);
            Assert.That(file.Entry(name).Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(Contents(file.Read(name)), Is.EqualTo(Contents(tensor)), name);
        }
        Assert.That(file.Floats("float16"), Is.EqualTo(new[] { (float)(Half)0.333f, -65504f }));
        Assert.That(file.Floats("bfloat16"), Is.EqualTo((float[])[1.5f, -3f]));
        Assert.That(file.Floats("float64")[0], Is.EqualTo((float)Math.PI));
        Assert.That(file.Floats("bool"), Is.EqualTo((float[])[1f, 0f]));
        Assert.That(file.Doubles("float64"), Is.EqualTo(new[] { Math.PI, -1e300 }));
        Assert.That(file.Longs("int32"), Is.EqualTo(new[] { int.MinValue, 9L }));
        Assert.That(file.Longs("uint8"), Is.EqualTo(new[] { 0L, 255, 3 }));
        Assert.That(file.Read("float16").Floats(), Is.EqualTo(file.Floats("float16")));
    }

    [Test]
    public void The_same_state_gives_the_same_bytes_whatever_order_it_came_in()
    {
        var one = HostTensor.Of([1f, 2f], 2);
        var two = HostTensor.OfBytes(StoredType.UInt8, [7], 1);
        using var forward = new MemoryStream();
        using var backward = new MemoryStream();
        SafetensorsWriter.Write(forward, new Dictionary<string, TensorContent> { ["a"] = one, ["b"] = two },
            new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(backward, new Dictionary<string, TensorContent> { ["b"] = two, ["a"] = one },
            new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.That(backward.ToArray(), Is.EqualTo(forward.ToArray()));
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(forward.ToArray()) % 8, Is.Zero);
    }

    [Test]
    public void Random_tensors_come_back_and_lie_aligned()
    {
        Gen.Select(Gen.Int[0, 4].Array[0, 3], Gen.Enum<StoredType>()).List[0, 6].Sample(list =>
        {
            var tensors = list.Select((item, index) => (Key: $"t{index}", Value: (TensorContent)Filled(item.Item2, item.Item1)))
                .ToDictionary(pair => pair.Key, pair => pair.Value);
            using var file = Written(tensors);
            foreach (var (name, tensor) in tensors)
            {
                Assert.That(Contents(file.Read(name)), Is.EqualTo(Contents(tensor)));
                Assert.That(file.Entry(name).Offset % tensor.Type.Size(), Is.Zero);
            }
        }, iter: 200);
    }

    [Test]
    public void A_missing_file_and_a_missing_tensor_are_named()
    {
        var path = Path.Combine(folder, "absent.safetensors");
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains(path));
        using var file = Written(new Dictionary<string, TensorContent> { ["a"] = HostTensor.Of([1f], 1) });
        Assert.That(() => file.Floats("b"), Throws.TypeOf<UserException>().With.Message.Contains("no tensor b"));
        Assert.That(() => file.Read("a", new float[2]), Throws.TypeOf<UserException>().With.Message.Contains("tensor a has shape [1]"));
    }

    [TestCase("", "has 0 bytes", TestName = "An empty file")]
    [TestCase("abc", "has 3 bytes", TestName = "A file of three bytes")]
    public void Is_refused(string content, string expected)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        File.WriteAllText(path, content);
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains(path).And.Message.Contains(expected));
    }

    [TestCase(100_000_001UL, "more than the 100000000 allowed")]
    [TestCase(ulong.MaxValue, "more than the 100000000 allowed")]
    [TestCase(1000UL, "truncated")]
    public void An_oversized_header_is_refused(ulong length, string expected)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(path, bytes);
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains(expected));
    }

    private const string Good = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    [TestCase("[]", 0, "not a JSON object")]
    [TestCase("{", 0, "not valid JSON")]
    [TestCase($$"""{"a":{{Good}},"a":{{Good}}}""", 8, "names a twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "tensor b overlaps")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "overlaps")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "tensor a leaves a gap of 4 bytes")]
    [TestCase($$"""{"a":{{Good}}}""", 4, "tensor a has data_offsets [0, 8] outside the 4 bytes")]
    [TestCase($$"""{"a":{{Good}}}""", 9, "1 bytes follow")]
    [TestCase("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "tensor a takes 8 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "tensor a has data_offsets [8, 0]")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", 8, "tensor a takes 8 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "tensor a has -2 in its shape")]
    [TestCase("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "in its shape")]
    [TestCase("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "not an array")]
    [TestCase("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8, "tensor a has the type C64")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "tensor a needs")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"stride":[1]}}""", 8, "unknown field stride")]
    [TestCase("""{"a":7}""", 0, "tensor a is not described")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "entry a is not a string")]
    [TestCase("""{"__metadata__":[]}""", 0, "not a JSON object")]
    public void A_bad_header_is_refused(string header, int dataBytes, string expected)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        using (var stream = File.Create(path))
        {
            Span<byte> length = stackalloc byte[8];
            var json = Encoding.UTF8.GetBytes(header);
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            stream.Write(length);
            stream.Write(json);
            stream.Write(new byte[dataBytes]);
        }
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains(path).And.Message.Contains(expected));
    }

    [Test]
    public void Random_bytes_are_refused_or_read_but_never_crash()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, new Dictionary<string, TensorContent> { ["a"] = HostTensor.Of([1f, 2f], 2), ["b"] = HostTensor.Of([3L]) },
            new Dictionary<string, string> { ["k"] = "v" });
        var good = stream.ToArray();
        var path = Path.Combine(folder, "fuzzed.safetensors");
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).List[1, 4].Sample(changes =>
        {
            var bytes = good.ToArray();
            foreach (var (at, value) in changes)
                bytes[at] = value;
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var name in file.Tensors.Keys)
                    file.Doubles(name);
            }
            catch (UserException)
            {
                // Refused in a sentence: what this test asks for. Any other exception fails it.
            }
        }, iter: 2000, threads: 1);
    }

    private SafetensorsFile Written(
        IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter.Write(path, tensors, metadata);
        return SafetensorsFile.Open(path);
    }

    private static HostTensor Filled(StoredType type, int[] shape)
    {
        var bytes = new byte[shape.Aggregate(1, (product, size) => product * size) * type.Size()];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 37);
        return HostTensor.OfBytes(type, bytes, shape);
    }

    private static byte[] Contents(TensorContent tensor)
    {
        using var stream = new MemoryStream();
        tensor.WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Bytes<T>(params ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
