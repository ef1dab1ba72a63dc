using System.IO.Compression;
using System.Text.Json;
using DoRA.Model.Files;

namespace DoRA.References;

/// <summary>One golden file with its section of the manifest.</summary>
public sealed class GoldenFile : IDisposable
{
    // A float32 engine adds up in another order than the float32 run that float32_error was taken from: four times its error,
    // and never less than 2e-6, some 17 units in the last place of the largest magnitude.
    private const double ErrorFactor = 4;
    private const double SmallestTolerance = 2e-6;

    private readonly SafetensorsFile file;

    internal GoldenFile(string name)
    {
        Name = name[(name.LastIndexOf('/') + 1)..];
        file = Open(Golden.PathOf($"{name}.safetensors"));
        Section = FindSection(Path.GetDirectoryName(Golden.PathOf(name))!, Name);
    }

    /// <summary>The file's name without folder and extension.</summary>
    public string Name { get; }

    /// <summary>What the manifest says of the file: <c>what</c>, <c>config</c>, <c>float32_error</c>; undefined where it says nothing.</summary>
    public JsonElement Section { get; }

    /// <summary>The manifest's configuration of the file.</summary>
    public JsonElement Config => Section.GetProperty("config");

    /// <summary>What the file says of itself: arguments and lists of the files it was made from.</summary>
    public JsonElement Info => JsonDocument.Parse(file.Metadata["info"]).RootElement;

    /// <summary>All tensors' names, sorted.</summary>
    public IEnumerable<string> Names => file.Tensors.Keys;

    public bool Contains(string tensor) => file.Tensors.ContainsKey(tensor);

    public int[] Shape(string tensor) => [.. file.Entry(tensor).Shape];

    public float[] Floats(string tensor) => file.Floats(tensor);

    public double[] Doubles(string tensor) => file.Doubles(tensor);

    public long[] Longs(string tensor) => file.Longs(tensor);

    /// <summary>A whole number of the configuration, as <c>Size("embed")</c>.</summary>
    public int Size(string setting) => Config.GetProperty(setting).GetInt32();

    /// <summary>The largest error allowed for a tensor, as a share of its largest magnitude: max(4 × float32_error, 2e-6).</summary>
    public double RelativeTolerance(string tensor)
    {
        var known = Section.ValueKind == JsonValueKind.Object && Section.TryGetProperty("float32_error", out var errors)
            && errors.TryGetProperty(tensor, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
        return Math.Max(ErrorFactor * known, SmallestTolerance);
    }

    /// <summary>The largest difference allowed for a tensor's elements: the relative tolerance × its largest magnitude.</summary>
    public double Tolerance(string tensor) => RelativeTolerance(tensor) * LargestMagnitude(Doubles(tensor));

    /// <summary><see cref="Measure"/>, noting the result in the parity table.</summary>
    /// <inheritdoc cref="Measure"/>
    public GoldenComparison Compare(string tensor, ReadOnlySpan<double> actual, double? tolerance = null, Func<int, bool>? ignore = null)
    {
        var result = Measure(tensor, actual, tolerance, ignore);
        ParityTable.Add(result);
        return result;
    }

    /// <inheritdoc cref="Compare(string, ReadOnlySpan{double}, double?, Func{int, bool})"/>
    public GoldenComparison Compare(string tensor, ReadOnlySpan<float> actual, double? tolerance = null, Func<int, bool>? ignore = null)
    {
        var doubles = new double[actual.Length];
        for (var i = 0; i < doubles.Length; i++)
            doubles[i] = actual[i];
        return Compare(tensor, doubles, tolerance, ignore);
    }

    /// <summary>Compares a computed tensor with the golden one, element by element.</summary>
    /// <param name="tensor">The golden tensor's name.</param>
    /// <param name="actual">As many values, row-major.</param>
    /// <param name="tolerance">The largest error allowed, as a share of the largest magnitude; null takes <see cref="RelativeTolerance"/>.</param>
    /// <param name="ignore">True for the indices that are not compared; null compares all.</param>
    public GoldenComparison Measure(string tensor, ReadOnlySpan<double> actual, double? tolerance = null, Func<int, bool>? ignore = null)
    {
        var expected = Doubles(tensor);
        if (expected.Length != actual.Length)
            throw new ArgumentException($"{Name}: {tensor} has {expected.Length} values, {actual.Length} were computed.");
        double largestDifference = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            // Equals, not ==: an infinity or a NaN of the golden tensor is met by the same.
            if (!expected[i].Equals(actual[i]) && ignore?.Invoke(i) is not true)
                largestDifference = Math.Max(largestDifference, Math.Abs(expected[i] - actual[i]));
        }
        return new GoldenComparison(Name, tensor, largestDifference / LargestMagnitude(expected), tolerance ?? RelativeTolerance(tensor));
    }

    public void Dispose() => file.Dispose();

    // Kept small in the repository: FILE.safetensors.gz stands for FILE.safetensors. An open file outlives its name.
    private static SafetensorsFile Open(string path)
    {
        if (File.Exists(path) || !File.Exists(path + ".gz"))
            return SafetensorsFile.Open(path);
        var unpacked = System.IO.Path.GetTempFileName();
        try
        {
            using (var source = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress))
            using (var target = File.Create(unpacked))
                source.CopyTo(target);
            return SafetensorsFile.Open(unpacked);
        }
        finally
        {
            File.Delete(unpacked);
        }
    }

    // Of a tensor of zeros any difference counts as it is.
    private static double LargestMagnitude(double[] values)
    {
        var largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        return largest > 0 ? largest : 1;
    }

    private static JsonElement FindSection(string folder, string name)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*manifest.json").Order(StringComparer.Ordinal))
        {
            var manifest = Golden.Manifest(Path.GetRelativePath(Golden.Folder, path));
            if (manifest.ValueKind == JsonValueKind.Object && manifest.TryGetProperty(name, out var section))
                return section;
        }
        return default;
    }
}
