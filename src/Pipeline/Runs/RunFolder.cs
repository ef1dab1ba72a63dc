using DoRA.Kernels;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Runs;

/// <summary>
/// A run's folder: <c>config.yaml</c>, <c>log.jsonl</c>, TensorBoard's events, <c>receipt.json</c>, <c>report.html</c> with the
/// <c>snapshots/</c> it is drawn from, <c>tracks.png</c> and <c>checkpoints/</c>.
/// A run never writes into a folder that it did not make.
/// </summary>
public sealed class RunFolder
{
    private RunFolder(string path)
    {
        FullPath = Path.GetFullPath(path);
        Checkpoints = new(FullPath);
    }

    public string FullPath { get; }

    /// <summary>The settings as they were resolved, each with its origin.</summary>
    public string Configuration => Path.Combine(FullPath, "config.yaml");

    /// <summary>A JSON object a step.</summary>
    public string Log => Path.Combine(FullPath, "log.jsonl");

    /// <summary>What would be needed to make the same run again.</summary>
    public string Receipt => Path.Combine(FullPath, "receipt.json");

    /// <summary>Frames with their tracked objects.</summary>
    public string Tracks => Path.Combine(FullPath, "tracks.png");

    /// <summary>What there is to see of the run, in one page.</summary>
    public string Report => Path.Combine(FullPath, "report.html");

    /// <summary>What the untrained teacher saw of a clip.</summary>
    public string FirstSnapshot => Path.Combine(FullPath, "snapshots", "start.safetensors");

    /// <summary>What the teacher saw of the same clip last.</summary>
    public string LastSnapshot => Path.Combine(FullPath, "snapshots", "end.safetensors");

    /// <summary>The states from which <c>--resume</c> continues.</summary>
    public CheckpointFolder Checkpoints { get; }

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="UserException">Something of that name exists, or the place cannot be written to.</exception>
    public static RunFolder Create(string path)
    {
        if (Directory.Exists(path) || File.Exists(path))
        {
            throw new UserException($"The output folder {path} exists already; give another name with --output, or continue it with --resume.");
        }

        try
        {
            RunFolder folder = new(path);
            Directory.CreateDirectory(folder.FullPath);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The output folder {path} cannot be made ({error.Message}); give another place with --output.", error);
        }
    }

    /// <summary>Opens the folder of a run that is to be continued.</summary>
    /// <exception cref="UserException">There is no such run.</exception>
    public static RunFolder Open(string path)
    {
        RunFolder folder = new(path);
        if (!File.Exists(folder.Configuration))
        {
            throw new UserException($"There is no run in {path}: it has no config.yaml; name a folder that pretrain made.");
        }

        return folder;
    }
}
