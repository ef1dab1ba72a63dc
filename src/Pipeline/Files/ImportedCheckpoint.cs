using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>
/// What a PyTorch file of DoRA or DINO holds: a training checkpoint (student, teacher, optimizer, epoch, args, dino_loss), or the bare state
/// dict of a network. Names are canonical: without <c>module.</c>, and with <c>backbone.</c> or <c>head.</c> before the authors' names.
/// </summary>
public sealed class ImportedCheckpoint
{
    private const string Backbone = "backbone.";
    private const string Head = "head.";

    private ImportedCheckpoint(string path) => Path = path;

    /// <summary>The file it was read from.</summary>
    public string Path { get; }

    /// <summary>The student's tensors in the order of its modules; null when the file has none.</summary>
    public IReadOnlyDictionary<string, HostTensor>? Student { get; private init; }

    /// <summary>The teacher's tensors in the order of its modules; of a bare state dict, its tensors; null when the file has none.</summary>
    public IReadOnlyDictionary<string, HostTensor>? Teacher { get; private init; }

    /// <summary>The network that features are taken from: the teacher where there is one, else the student.</summary>
    public IReadOnlyDictionary<string, HostTensor> Weights => Teacher ?? Student!;

    /// <summary>The teacher's center, one value an output; null when the file has none.</summary>
    public float[]? Center { get; private init; }

    /// <summary>Epochs done; null when the file does not say.</summary>
    public long? Epoch { get; private init; }

    /// <summary>The arguments of the training: text, long, double, bool, null, or lists of them; others are left out.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; private init; } = new Dictionary<string, object?>();

    /// <summary>Adam's moments by parameter name; null when the file has no optimiser.</summary>
    public IReadOnlyDictionary<string, ImportedMoments>? Moments { get; private init; }

    /// <summary>Reads a file, executing nothing of it.</summary>
    /// <exception cref="UserException">It is missing, damaged, truncated, holds no network, or asks for more than data.</exception>
    public static ImportedCheckpoint Load(string path) => TorchFile.Use(path, file => Read(path, file));

    /// <summary>
    /// Writes <see cref="Weights"/> as safetensors under their canonical names, with the arguments that are numbers or text as metadata
    /// (<c>arguments.NAME</c>).
    /// </summary>
    public void WriteWeights(string path)
    {
        var metadata = new Dictionary<string, string> { ["source"] = System.IO.Path.GetFileName(Path) };
        foreach (var (name, value) in Arguments)
        {
            if (value is string or long or double or bool)
                metadata[$"arguments.{name}"] = FormattableString.Invariant($"{value}");
        }
        AtomicFile.Write(path, stream =>
            SafetensorsWriter.Write(stream, Weights.ToDictionary(pair => pair.Key, pair => (TensorContent)pair.Value), metadata));
    }

    private static ImportedCheckpoint Read(string path, TorchFile file)
    {
        if (file.Root is not PickleDictionary root)
            throw new InvalidDataException("it holds no dictionary of tensors");
        var student = root.Items.GetValueOrDefault("student") as PickleDictionary;
        var teacher = root.Items.GetValueOrDefault("teacher") as PickleDictionary;
        if (student is null && teacher is null)
            return new ImportedCheckpoint(path) { Teacher = Network(file, root) };
        var studentTensors = student is null ? null : Network(file, student);
        return new ImportedCheckpoint(path)
        {
            Student = studentTensors,
            Teacher = teacher is null ? null : Network(file, teacher),
            Center = root.Items.GetValueOrDefault("dino_loss") is PickleDictionary loss
                && loss.Items.GetValueOrDefault("center") is TorchTensor center ? file.Read(center).Floats() : null,
            Epoch = root.Items.GetValueOrDefault("epoch") as long?,
            Arguments = root.Items.GetValueOrDefault("args") is PickleDictionary arguments ? Simple(arguments) : new Dictionary<string, object?>(),
            Moments = studentTensors is not null && root.Items.GetValueOrDefault("optimizer") is PickleDictionary optimizer
                ? ImportedOptimizer.Read(file, optimizer, studentTensors) : null,
        };
    }

    private static OrderedDictionary<string, HostTensor> Network(TorchFile file, PickleDictionary state)
    {
        var tensors = new OrderedDictionary<string, HostTensor>(StringComparer.Ordinal);
        foreach (var (name, value) in state.Items)
        {
            if (value is not TorchTensor tensor)
                throw new InvalidDataException($"its entry {name} is no tensor, so it is not the state of a network");
            if (!tensors.TryAdd(Canonical(name), file.Read(tensor)))
                throw new InvalidDataException($"it holds {Canonical(name)} twice");
        }
        return tensors.Count > 0 ? tensors : throw new InvalidDataException("it holds no tensors");
    }

    private static string Canonical(string name)
    {
        const string Module = "module.";
        while (name.StartsWith(Module, StringComparison.Ordinal))
            name = name[Module.Length..];
        return name.StartsWith(Backbone, StringComparison.Ordinal) || name.StartsWith(Head, StringComparison.Ordinal) ? name : Backbone + name;
    }

    private static OrderedDictionary<string, object?> Simple(PickleDictionary arguments)
    {
        var result = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in arguments.Items)
        {
            if (IsSimple(value))
                result.Add(name, value);
            else if (value is IReadOnlyList<object?> list && list.All(IsSimple))
                result.Add(name, list);
        }
        return result;
    }

    private static bool IsSimple(object? value) => value is null or string or long or double or bool;
}
