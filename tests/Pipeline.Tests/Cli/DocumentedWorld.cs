using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Evaluation;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Training;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Tests.Visualise;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary>A folder where the files that documents name are there, small; and commands made small too.</summary>
internal sealed class DocumentedWorld : IDisposable
{
    private const string Cache = "DORA_CACHE";

    /// <summary>Values that make a command take its time, and what stands in their place.</summary>
    private static readonly Dictionary<string, string> Smaller = new()
    {
        ["--steps"] = "2", ["--seeds"] = "1", ["--epochs"] = "1", ["--short-side"] = "64", ["--longest-side"] = "64", ["--crop"] = "32", ["--size"] = "32",
        ["--batch"] = "2", ["--blocks"] = "1", ["--preset"] = "tiny",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string? _cache = Environment.GetEnvironmentVariable(Cache);
    private int _outputs;

    public DocumentedWorld()
    {
        Environment.SetEnvironmentVariable(Cache, In("cache"));
        string video = VideoFixtures.File("gopro3s_vp9.webm");
        Directory.CreateDirectory(In("downloads"));
        foreach (string name in new[] { "my-walk.mp4", "my-walk-4k.mp4", "walk.mp4", "downloads/Venice.mp4" })
        {
            File.Copy(video, In(name));
        }

        File.WriteAllText(In("detections.json"), """[{"image_id": 1, "category_id": 1, "score": 0.9}]""");
        File.WriteAllText(In("tiny.yaml"), SettingsResolver.Resolve(null, ["preset=tiny", "model.patch=8"]).ToYaml());
        Train(In("runs/my-walk"), stops: false);
        Train(In("stopped"), stops: true);
        foreach (string copy in new[] { "runs/walk", "runs/dora" })
        {
            CopyFolder(In("runs/my-walk"), In(copy));
        }

        string weights = In("runs/my-walk/checkpoints/latest.safetensors");
        File.Copy(weights, In("dora.safetensors"));
        File.Copy(weights, In("walk.safetensors"));
        File.Copy(Golden.PathOf("core/official_checkpoint.pth"), In("dora_vits16.pth"));
        WritePictures();
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Cache, _cache);
        _folder.Dispose();
    }

    /// <summary>The same command with this folder's files, results of its own, and small numbers.</summary>
    public string[] Small(string[] words)
    {
        List<string> small = [];
        for (int i = 0; i < words.Length; i++)
        {
            string option = i > 0 ? words[i - 1] : "";
            small.Add(Smaller.GetValueOrDefault(option) ?? option switch
            {
                "--output" => Fresh(words[i]),
                "--resume" => Stopped(),
                "--vary" => string.Join(',', words[i].Split(',').Take(2)),
                _ => Path.Exists(In(words[i])) ? In(words[i]) : words[i],
            });
        }

        foreach ((string option, string value) in Additions(words).Where(addition => !words.Contains(addition.Option)))
        {
            small.AddRange([option, value]);
        }

        return [.. small];
    }

    /// <summary>What the command ends with here: of the ten published downloads one is there, and that one small.</summary>
    public static int ExitCodeOf(string[] words) => words.Contains("--check") ? ExitCode.Failed : ExitCode.Done;

    private IEnumerable<(string Option, string Value)> Additions(string[] words)
    {
        string ending = words.Contains("onnx") ? ".onnx" : words[0] == "export" ? ".safetensors" : "";
        return (words[0], words.Length > 1 ? words[1] : "") switch
        {
            ("pretrain", _) when words.Contains("--resume") => [],
            ("pretrain", _) => [("--config", In("tiny.yaml")), ("--output", Fresh("run"))],
            ("compare", _) => [("--config", In("tiny.yaml")), ("--output", Fresh("run")), ("--seeds", "1")],
            ("reproduce" or "export", _) => [("--output", Fresh($"result{ending}"))],
            ("visualise", _) => [("--short-side", "32"), ("--every", "1")],
            ("evaluate", "vos" or "track") => [("--short-side", "64")],
            ("evaluate", "linear") => [("--epochs", "1"), ("--size", "32"), ("--blocks", "1")],
            ("evaluate", "segment") => [("--steps", "2"), ("--crop", "32"), ("--batch", "2"), ("--blocks", "1")],
            ("evaluate", "discover") => [("--longest-side", "64")],
            ("evaluate", "knn") => [("--size", "32"), ("--k", "1")],
            _ => [],
        };
    }

    private string In(string name) => _folder.File(name.TrimEnd('/'));

    private string Fresh(string name) => In($"made/{++_outputs}/{Path.GetFileName(name)}");

    /// <summary>A run of its own that stopped before its end.</summary>
    private string Stopped()
    {
        string copy = Fresh("stopped");
        CopyFolder(In("stopped"), copy);
        return copy;
    }

    private void Train(string folder, bool stops)
    {
        using CancellationTokenSource interruption = new();
        using StringWriter messages = stops ? new InterruptingWriter(interruption) : new StringWriter();
        CommandResult result = CommandResult.Of(["pretrain", In("my-walk.mp4"), "--config", In("tiny.yaml"), "--output", folder], messages, interruption.Token);
        Assert.That(result.ExitCode, Is.EqualTo(stops ? 130 : 0), result.Messages);
    }

    private void WritePictures()
    {
        string[][] pictures = [["wwkk", "wwkk", "kkkk", "kkkk"], ["kkkk", "krrk", "krrk", "kkkk"], ["kkkk", "kkkw", "kkkw", "kkkk"]];
        for (int i = 0; i < pictures.Length; i++)
        {
            foreach (string folder in new[]
            {
                "pictures", "FOLDER/train/a", "FOLDER/train/b", "FOLDER/val/a", "FOLDER/val/b", "caltech101/a", "caltech101/b", "IMAGES", "coco/images",
                "coco/train", "coco/val", "ade/images", "ADE20K/images/training", "ADE20K/images/validation", "GOT/square", "got/square",
            })
            {
                BrightAndDark.WritePicture(In($"{folder}/{i}.png"), pictures[i]);
            }

            foreach (string folder in new[] { "coco/train-masks", "coco/val-masks", "ade/annotations", "ADE20K/annotations/training", "ADE20K/annotations/validation" })
            {
                Directory.CreateDirectory(In(folder));
                PngLabels.Write(In($"{folder}/{i}.png"), new(32, 32, [.. Enumerable.Range(0, 32 * 32).Select(pixel => (byte)(1 + (pixel / 512)))]));
            }

            foreach (string folder in new[] { "BOXES", "coco/boxes" })
            {
                Directory.CreateDirectory(In(folder));
                File.WriteAllText(In($"{folder}/{i}.txt"), "0 0.5 0.5 0.5 0.5\n");
            }
        }

        foreach (string folder in new[] { "GOT/square", "got/square" })
        {
            File.WriteAllLines(In($"{folder}/groundtruth.txt"), Enumerable.Repeat("0,0,16,16", pictures.Length));
        }

        foreach (string folder in new[] { "DAVIS", "davis" })
        {
            MovingSquare.WriteSequence(In(folder));
        }
    }

    private static void CopyFolder(string source, string target)
    {
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
