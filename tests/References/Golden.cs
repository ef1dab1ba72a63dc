using System.Text.Json;
using System.Text.RegularExpressions;

namespace DoRA.References;

/// <summary>
/// The golden tensors: what the authors' own code computes. They lie in the folder that <c>DORA_GOLDEN</c> names,
/// which holds a <c>core/</c>, else in <c>tests/fixtures/golden</c>. Tests take sizes, names and configuration from them.
/// </summary>
public static partial class Golden
{
    /// <summary>The NUnit category of every test that reads them.</summary>
    public const string Category = "Golden";

    /// <summary>The folder that holds <c>core/</c>.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Opens <c>core/NAME.safetensors</c>, or the file of another folder with <c>eval/NAME</c>.</summary>
    public static GoldenFile Open(string name) => new(name.Contains('/') ? name : $"core/{name}");

    /// <summary>The whole path of a golden file, as <c>core/views.pth</c>.</summary>
    public static string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>A manifest, as <c>manifest.json</c> of <c>core/</c> or <c>eval/manifest.json</c>; NaN and Infinity in it are read as null.</summary>
    public static JsonElement Manifest(string file = "manifest.json")
    {
        var json = File.ReadAllText(PathOf(file.Contains('/') ? file : $"core/{file}"));
        using var document = JsonDocument.Parse(BareNonFinite().Replace(json, "null"));
        return document.RootElement.Clone();
    }

    // Python writes numbers that JSON has not: an error measured where both sides are infinite is a NaN.
    [GeneratedRegex(@"(?<=[:\[,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])")]
    private static partial Regex BareNonFinite();

    private static string FindFolder()
    {
        if (Environment.GetEnvironmentVariable("DORA_GOLDEN") is { Length: > 0 } named)
            return Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DoRA.sln")))
                return Path.Combine(folder.FullName, "tests", "fixtures", "golden");
        }
        throw new DirectoryNotFoundException($"No DoRA.sln above {AppContext.BaseDirectory}; set DORA_GOLDEN to the golden folder.");
    }
}
