using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Training;

/// <summary>
/// A run's state between model and checkpoint: the weights of student and teacher, the moments, how often each tensor was updated, and the center.
/// With the step, the seed and the settings it decides every bit of what follows.
/// </summary>
public sealed class TrainingState(StudentTeacher model)
{
    private const string Updates = "updates";

    /// <summary>The tensors by name, read from the device only when they are written.</summary>
    public IReadOnlyDictionary<string, TensorContent> Tensors()
    {
        Dictionary<string, TensorContent> tensors = model.State.ToDictionary(
            tensor => tensor.Name, TensorContent (tensor) => new DeviceTensor(model.Device, tensor));
        long[] updates = [.. model.Optimizer.StepCounts.ToArray().Select(count => (long)count)];
        tensors.Add(Updates, HostTensor.Of(updates, updates.Length));
        return tensors;
    }

    /// <summary>Takes over a checkpoint's tensors.</summary>
    /// <exception cref="UserException">It belongs to another architecture.</exception>
    public void Restore(SafetensorsFile file)
    {
        Dictionary<string, IReadOnlyList<int>> expected = model.State.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        expected.Add(Updates, [model.Optimizer.StepCounts.Length]);
        CheckpointFile.RequireArchitecture(file, expected);
        foreach (StateTensor tensor in model.State)
        {
            model.Device.Upload<float>(tensor.Data, file.Floats(tensor.Name));
        }

        long[] updates = file.Longs(Updates);
        for (int i = 0; i < updates.Length; i++)
        {
            model.Optimizer.StepCounts[i] = (int)updates[i];
        }
    }
}
