using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using DoRA.Model;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Export;

/// <summary>
/// The NuGet package as somebody else gets it: packed, installed from a folder into a program outside the repository, and run, without a network.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PackageTests : IDisposable
{
    private const int Side = 32;

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly string[] Rooms = ["Kernels", "Autograd", "Model"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void The_sample_program_runs_on_the_packed_encoder()
    {
        string feed = _folder.File("feed"), program = _folder.File("EmbedImage"), installed = InstalledPackages();
        Dotnet($"pack {Path.Combine(Repository.Root, "src", "Model")} --no-build -p:BuildProjectReferences=false -c {Configuration} -o {feed}");
        AssertWhole(Directory.GetFiles(feed, "DoRA.VisionEncoder.*.nupkg").Single());
        Copy(Path.Combine(Repository.Root, "samples", "EmbedImage"), program);
        string weights = EncoderFiles.Random(_folder.File("weights.safetensors"), new(24, 2, 3, 8, Side));
        string[] pictures = [Picture("a.png", seed: 1), Picture("b.png", seed: 2)];

        // What the encoder's package needs lies installed already, as the repository needs it too; the encoder's own goes to the test's folder.
        Dotnet($"restore {program} --source {feed} -p:PackageFeed={feed} -p:RestorePackagesPath={_folder.File("packages")} -p:RestoreFallbackFolders={installed}");
        string output = Dotnet($"run --project {program} --no-restore -- {weights} {pictures[0]} {pictures[0]} {pictures[1]}");

        double alike = Cosine(weights, pictures);
        string other = $"{alike,7:f4}  a.png  b.png\n";
        Assert.That(output, Is.EqualTo($"{1,7:f4}  a.png  a.png\n{other}{other}"));
        Assert.That(alike, Is.LessThan(0.9999), "two pictures differ");
    }

    /// <summary>All three rooms are in it, each with the documentation of its public members.</summary>
    private static void AssertWhole(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        foreach (string room in Rooms)
        {
            Assert.That(archive.GetEntry($"lib/net10.0/DoRA.{room}.dll"), Is.Not.Null, room);
            using Stream stream = (archive.GetEntry($"lib/net10.0/DoRA.{room}.xml") ?? throw new AssertionException($"no documentation of {room}")).Open();
            Assert.That(XDocument.Load(stream).Descendants("member").Count(), Is.GreaterThan(20), room);
        }
    }

    private string Picture(string name, int seed)
    {
        byte[] noise = new byte[Side * Side];
        new Random(seed).NextBytes(noise);
        using SKBitmap bitmap = new(Side, Side);
        bitmap.Pixels = [.. noise.Select(value => new SKColor(value, (byte)(value / seed), (byte)(255 - value)))];
        using FileStream file = File.Create(_folder.File(name));
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        return file.Name;
    }

    private static double Cosine(string weights, string[] pictures)
    {
        using VisionEncoder encoder = VisionEncoder.Load(weights);
        float[][] tokens = [.. pictures.Select(path => encoder.Encode(RgbImage.Load(path).Pixels, Side, Side).Cls)];
        double Dot(int i, int j) => tokens[i].Zip(tokens[j], (x, y) => (double)x * y).Sum();
        return Dot(0, 1) / Math.Sqrt(Dot(0, 0) * Dot(1, 1));
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    private static string InstalledPackages()
    {
        string folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (!Directory.Exists(Path.Combine(folder, "ilgpu")))
        {
            Assert.Ignore($"no packages are installed in {folder}; `dotnet restore` puts them there");
        }

        return folder;
    }

    private static string Dotnet(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(LongestWait))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"dotnet {arguments} took longer than {LongestWait.TotalMinutes} minutes");
        }

        Assert.That(process.ExitCode, Is.Zero, $"dotnet {arguments}\n{output.Result}{errors.Result}");
        return output.Result;
    }
}
