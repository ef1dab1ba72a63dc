using System.Text;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Evaluation;
using DoRA.Pipeline.Tests.Export;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using Parquet;
using Parquet.Schema;

namespace DoRA.Pipeline.Tests.Embed;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EmbedCommandTests : IDisposable
{
    /// <summary>
    /// Pictures that come in batches of another size are summed in another order: some ten operations after one another, each with roundings
    /// of a few 2⁻²⁴ of values up to 4 after the final norm.
    /// </summary>
    private const double Rounding = 1e-5;

    private static readonly string Pictures = Fixtures.PathOf("pictures"), Film = VideoFixtures.File("gopro3s_vp9.webm");

    private readonly TemporaryFolder _folder = new();
    private readonly string _weights;

    public EmbedCommandTests()
    {
        _weights = EncoderFiles.Random(_folder.File("weights.safetensors"), new(24, 2, 3, 8, 32));
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Npy_holds_the_encoders_tokens_with_a_line_for_each_row()
    {
        string target = _folder.File("out.npy");

        Embed(target, Pictures);

        string[] files = ImageFiles();
        (int[] shape, float[] values) = ReadNpy(target);
        Assert.That(shape, Is.EqualTo(new[] { files.Length, 24 }));
        Assert.That(values, Is.EqualTo(Expected(files, tokens => tokens[..24])).Within(Rounding));
        Assert.That(File.ReadAllLines(_folder.File("out.csv")), Is.EqualTo(files.Select(file => $"{file},").Prepend("source,seconds")));
    }

    [Test]
    public void Patch_tokens_keep_their_grid()
    {
        string target = _folder.File("out.npy");

        Embed(target, Pictures, "--tokens", "patches");

        string[] files = ImageFiles();
        (int[] shape, float[] values) = ReadNpy(target);
        Assert.That(shape, Is.EqualTo(new[] { files.Length, 4, 4, 24 }));
        Assert.That(values, Is.EqualTo(Expected(files, tokens => tokens[24..])).Within(Rounding));
    }

    [Test]
    public void Frames_of_a_video_carry_their_times_in_every_format()
    {
        // The video is a little over three seconds long: a picture, then frames at 0, 0.75, 1.5, 2.25 and 3 seconds.
        const int rows = 6;
        string[] inputs = [ImageFiles()[0], Film];
        Embed(_folder.File("out.npy"), inputs, "--every", "0.75");
        Embed(_folder.File("out.safetensors"), inputs, "--every", "0.75");
        Embed(_folder.File("out.parquet"), inputs, "--every", "0.75");

        double?[] seconds = [.. File.ReadAllLines(_folder.File("out.csv")).Skip(1).Select(line => line.Split(',')[1]).Select(text => text.Length == 0 ? (double?)null : double.Parse(text))];
        (int[] shape, float[] values) = ReadNpy(_folder.File("out.npy"));
        Assert.That(seconds, Has.Length.EqualTo(rows));
        Assert.That(shape, Is.EqualTo(new[] { seconds.Length, 24 }));
        Assert.That(seconds[0], Is.Null);
        for (int i = 1; i < seconds.Length; i++)
        {
            // The frame that is shown at that time began at most one frame, here 1/24 s, before.
            Assert.That(seconds[i], Is.InRange((0.75 * (i - 1)) - (1 / 20.0), (0.75 * (i - 1)) + 0.001));
        }

        Assert.That(values.Chunk(24).Select(row => string.Join(' ', row)).Distinct().Count(), Is.EqualTo(rows), "each row is another picture");
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("out.safetensors"));
        Assert.That(file.Entry("vectors").Shape, Is.EqualTo(shape));
        Assert.That(file.Floats("vectors"), Is.EqualTo(values));
        Assert.That(file.Longs("source"), Is.EqualTo(Enumerable.Range(0, rows).Select(row => Math.Min(row, 1L))));
        Assert.That(JsonSerializer.Deserialize<string[]>(file.Metadata["sources"]), Is.EqualTo(inputs));
        Assert.That(file.Doubles("seconds"), Is.EqualTo(seconds.Select(time => time ?? double.NaN)));
        (string[] sources, double?[] times, float[] vectors) = ReadParquet(_folder.File("out.parquet")).GetAwaiter().GetResult();
        Assert.That(sources, Is.EqualTo(Enumerable.Repeat(Film, rows - 1).Prepend(inputs[0])));
        Assert.That(times, Is.EqualTo(seconds));
        Assert.That(vectors, Is.EqualTo(values));
        Assert.That(Directory.GetFiles(_folder.Path, "*.partial"), Is.Empty);
    }

    [Test]
    public void A_folder_may_hold_other_files()
    {
        string mixed = Directory.CreateDirectory(_folder.File("mixed")).FullName;
        File.Copy(ImageFiles()[0], Path.Combine(mixed, "a.jpg"));
        File.WriteAllText(Path.Combine(mixed, "notes.txt"), "notes");
        File.WriteAllText(Path.Combine(mixed, "broken.png"), "no picture");

        CommandResult result = Embed(_folder.File("out.npy"), mixed, "--verbose");

        Assert.That(result.Messages, Does.Contain("notes.txt is left out").And.Contain("broken.png is left out"));
        Assert.That(ReadNpy(_folder.File("out.npy")).Shape[0], Is.EqualTo(1));
    }

    [TestCase("safetensors, .npy or .parquet", "out.csv")]
    [TestCase("ending is missing", "out")]
    [TestCase("give seconds above 0", "out.npy", "--every", "0")]
    [TestCase("give cls or patches", "out.npy", "--tokens", "all")]
    [TestCase("multiples of 8", "out.npy", "--size", "20")]
    [TestCase("no video 'nowhere'", "out.npy", "nowhere")]
    [TestCase("There is no picture nowhere.png", "out.npy", "nowhere.png")]
    public void Wrong_use_is_one_sentence_and_leaves_nothing(string said, string output, params string[] arguments)
    {
        string[] input = arguments is [var path] ? [path] : [Pictures, .. arguments];

        CommandResult result = CommandResult.Of(["embed", .. input, "--weights", _weights, "--output", _folder.File(output)]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.Messages);
        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(Directory.GetFiles(_folder.Path), Has.Length.EqualTo(1));
    }

    private CommandResult Embed(string target, string input, params string[] arguments) => Embed(target, [input], arguments);

    private CommandResult Embed(string target, string[] inputs, params string[] arguments)
    {
        CommandResult result = CommandResult.Of(["embed", .. inputs, "--weights", _weights, "--threads", "1", "--output", target, .. arguments]);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output.Trim(), Is.EqualTo(target));
        return result;
    }

    private static string[] ImageFiles() => [.. Directory.GetFiles(Pictures).Order(StringComparer.Ordinal)];

    private float[] Expected(string[] files, Func<float[], float[]> part)
    {
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = EncoderFiles.Open(device, _weights);
        CenterCrop crop = new(32);
        return [.. files.SelectMany(file => part(encoder.Tokens(Normalization.ImageNet.Apply(crop.Apply(RgbImage.Load(file))), 1, 32, 32)))];
    }

    private static (int[] Shape, float[] Values) ReadNpy(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Assert.That(bytes[..8], Is.EqualTo(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }));
        int data = 10 + BitConverter.ToUInt16(bytes, 8);
        string header = Encoding.ASCII.GetString(bytes, 10, data - 10);
        Assert.That(data % 64, Is.Zero, "the format asks for it");
        Assert.That(header, Does.StartWith("{'descr': '<f4', 'fortran_order': False, 'shape': (").And.EndWith("\n"));
        string shape = header[(header.IndexOf('(') + 1)..header.IndexOf(')')];
        float[] values = new float[(bytes.Length - data) / sizeof(float)];
        Buffer.BlockCopy(bytes, data, values, 0, bytes.Length - data);
        return ([.. shape.Split(',').Select(int.Parse)], values);
    }

    private static async Task<(string[] Sources, double?[] Seconds, float[] Vectors)> ReadParquet(string path)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
        DataField[] fields = reader.Schema.GetDataFields();
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        int rows = (int)group.RowCount;
        string[] sources = new string[rows];
        double?[] seconds = new double?[rows];
        await group.ReadAsync(fields[0], sources).ConfigureAwait(false);
        await group.ReadAsync<double>(fields[1], seconds).ConfigureAwait(false);
        float[] vectors = new float[rows * 24];
        int[] definition = new int[vectors.Length], repetition = new int[vectors.Length];
        await group.ReadRawAsync<float>(fields[2], vectors.AsMemory(), definition, repetition).ConfigureAwait(false);
        Assert.That(definition, Is.All.EqualTo(fields[2].MaxDefinitionLevel), "no list and no element is missing");
        Assert.That(repetition.Select((level, i) => (level, i)).All(pair => pair.level == (pair.i % 24 == 0 ? 0 : 1)));
        return (sources, seconds, vectors);
    }
}
