using System.Globalization;
using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>
/// The folder <c>checkpoints/</c> of a run: <c>latest.safetensors</c>, the one before it as <c>previous.safetensors</c>, and
/// <c>step-N.safetensors</c> for the steps that are kept.
/// </summary>
/// <param name="run">The run's folder.</param>
/// <param name="create">Opens temporary files; null opens plain files.</param>
public sealed class CheckpointFolder(string run, Func<string, Stream>? create = null)
{
    /// <summary>The metadata key that holds the number of steps done.</summary>
    public const string StepKey = "step";

    public string Folder { get; } = Path.Combine(run, "checkpoints");

    public string Latest => Path.Combine(Folder, "latest.safetensors");

    public string Previous => Path.Combine(Folder, "previous.safetensors");

    public string Step(long step) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"step-{step}.safetensors"));

    /// <summary>Writes the state after a step as the latest; the latest so far becomes the previous.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="tensors">The state by name.</param>
    /// <param name="metadata">What else belongs to it; <c>step</c> is added.</param>
    /// <param name="keep">Also keeps it as <c>step-N.safetensors</c>.</param>
    /// <exception cref="CheckpointWriteException">The disk is full or a file cannot be written; the latest is whole, old or new.</exception>
    public void Write(
        long step, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string> metadata, bool keep)
    {
        // The new one is whole and on the disk before the latest is touched.
        var next = Path.Combine(Folder, "next.safetensors");
        var all = new Dictionary<string, string>(metadata) { [StepKey] = step.ToString(CultureInfo.InvariantCulture) };
        try
        {
            CheckpointFile.Write(next, tensors, all, create);
            if (File.Exists(Latest))
                File.Move(Latest, Previous, overwrite: true);
            File.Move(next, Latest);
            if (keep)
                AtomicFile.Write(Step(step), Copy, create);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(next))
                File.Delete(next);
            var reason = (error as CheckpointWriteException)?.InnerException?.Message ?? error.Message;
            throw new CheckpointWriteException($"The checkpoint of step {step} could not be written to {Folder} ({reason.TrimEnd('.')}); "
                + $"{WhatIsLeft()}. Make room, or choose another --output.", error);
        }
    }

    /// <summary>The checkpoint to go on from: the latest, or the previous where a crash left no latest.</summary>
    /// <exception cref="UserException">There is none, or it is damaged.</exception>
    public SafetensorsFile OpenLatest()
    {
        if (File.Exists(Latest))
            return CheckpointFile.Open(Latest);
        return File.Exists(Previous)
            ? CheckpointFile.Open(Previous)
            : throw new UserException($"{Folder} holds no latest.safetensors to resume from; start a run with another --output.");
    }

    private void Copy(Stream target)
    {
        using var source = File.OpenRead(Latest);
        source.CopyTo(target);
    }

    private string WhatIsLeft() => File.Exists(Latest) ? $"{Latest} is whole" : "there was no earlier one";
}
