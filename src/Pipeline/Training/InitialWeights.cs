using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Training;

/// <summary>Weights of another training to start from, for student and teacher alike.</summary>
public static class InitialWeights
{
    private const string StatePrefix = "teacher/";

    /// <summary>
    /// Takes over the weights of a safetensors file (one that <c>import</c> wrote, or a checkpoint, whose teacher is taken) or of a PyTorch file.
    /// A file without head leaves the head as it is.
    /// </summary>
    /// <exception cref="UserException">The file is missing or damaged, lacks a tensor of the backbone, or has one of another shape.</exception>
    public static void Load(StudentTeacher model, string path)
    {
        Dictionary<string, HostTensor> weights = Read(path);
        bool hasHead = weights.Keys.Any(name => name.StartsWith(Network.HeadPrefix, StringComparison.Ordinal));
        foreach (Parameter parameter in model.Student.Parameters.Parameters)
        {
            if (hasHead || parameter.Name.StartsWith(Network.BackbonePrefix, StringComparison.Ordinal))
            {
                Upload(model.Device, parameter.Data, Find(weights, path, parameter.Name, parameter.Shape));
            }
        }

        model.Teacher.Parameters.CopyFrom(model.Student.Parameters);
    }

    /// <summary>Takes over an official checkpoint's student, teacher, center and, where it has them, moments.</summary>
    /// <returns>The epochs that it had done.</returns>
    /// <exception cref="UserException">Something of it is missing, or belongs to another architecture.</exception>
    public static long Continue(StudentTeacher model, string path)
    {
        ImportedCheckpoint checkpoint = ImportedCheckpoint.Load(path);
        if (checkpoint is not { Student: { } student, Teacher: { } teacher, Center: { } center, Epoch: { } epoch })
        {
            throw new UserException($"{path} lacks student, teacher, center or epoch, so its training cannot be continued; --init starts from its weights.");
        }

        for (int i = 0; i < model.Student.Parameters.Parameters.Count; i++)
        {
            Parameter parameter = model.Student.Parameters.Parameters[i];
            Upload(model.Device, parameter.Data, Find(student, path, parameter.Name, parameter.Shape));
            Upload(model.Device, model.Teacher.Parameters[parameter.Name].Data, Find(teacher, path, parameter.Name, parameter.Shape));
            if (checkpoint.Moments?.GetValueOrDefault(parameter.Name) is { } moment)
            {
                Upload(model.Device, model.Optimizer.Mean.Slice(parameter.Offset, parameter.Length), moment.Mean);
                Upload(model.Device, model.Optimizer.Variance.Slice(parameter.Offset, parameter.Length), moment.Variance);
                model.Optimizer.StepCounts[i] = (int)moment.Step;
            }
        }

        if (center.Length != model.Center.Length)
        {
            throw new UserException($"{path} has a center of {center.Length} outputs where head.outputs is {model.Center.Length}; set head.outputs to match.");
        }

        model.Device.Upload<float>(model.Center, center);
        return epoch;
    }

    private static Dictionary<string, HostTensor> Read(string path)
    {
        if (Path.GetExtension(path) != ".safetensors")
        {
            return new(ImportedCheckpoint.Load(path).Weights);
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        bool isCheckpoint = file.Tensors.Keys.Any(name => name.StartsWith(StatePrefix, StringComparison.Ordinal));
        return file.Tensors.Keys
            .Where(name => !isCheckpoint || name.StartsWith(StatePrefix, StringComparison.Ordinal))
            .ToDictionary(name => isCheckpoint ? name[StatePrefix.Length..] : name, file.Read);
    }

    private static HostTensor Find(IReadOnlyDictionary<string, HostTensor> weights, string path, string name, IReadOnlyList<int> shape)
    {
        if (!weights.TryGetValue(name, out HostTensor? tensor))
        {
            throw new UserException($"{path} has no {name}, which the model of these settings has; use the settings that it was trained with.");
        }

        return tensor.Shape.SequenceEqual(shape)
            ? tensor
            : throw new UserException($"{path} has {name} of shape [{string.Join(", ", tensor.Shape)}] where these settings make [{string.Join(", ", shape)}]; "
                + "use the settings that it was trained with.");
    }

    private static void Upload(Device device, DeviceSpan destination, HostTensor tensor) => device.Upload<float>(destination, tensor.Floats());
}
