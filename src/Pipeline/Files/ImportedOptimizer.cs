using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>What Adam remembers of one parameter.</summary>
/// <param name="Mean">Running mean of its gradient (exp_avg), in the parameter's shape.</param>
/// <param name="Variance">Running mean of its squared gradient (exp_avg_sq), in the parameter's shape.</param>
/// <param name="Step">Updates made so far.</param>
public sealed record ImportedMoments(HostTensor Mean, HostTensor Variance, long Step);

/// <summary>Adam's state as the authors' code saves it: by number, in two groups, the parameters with weight decay first.</summary>
internal static class ImportedOptimizer
{
    /// <summary>The moments by parameter name. A parameter that never had a gradient has none.</summary>
    /// <param name="file">The file that <paramref name="optimizer"/> was read from.</param>
    /// <param name="optimizer">The optimiser's state dict: <c>state</c> and <c>param_groups</c>.</param>
    /// <param name="student">The student's tensors in the order of its modules, by canonical name.</param>
    public static IReadOnlyDictionary<string, ImportedMoments> Read(
        TorchFile file, PickleDictionary optimizer, IReadOnlyDictionary<string, HostTensor> student)
    {
        if (optimizer.Items.GetValueOrDefault("state") is not PickleDictionary states
            || optimizer.Items.GetValueOrDefault("param_groups") is not List<object?> groups)
        {
            throw new InvalidDataException("its optimizer has no state and param_groups");
        }
        long[][] numbers = [.. groups.Select(Numbers)];
        var names = ParameterOrder(student, numbers);
        var result = new Dictionary<string, ImportedMoments>(StringComparer.Ordinal);
        foreach (var (number, name) in numbers.SelectMany(group => group).Zip(names))
        {
            if (states.Items.GetValueOrDefault(number.ToString()) is PickleDictionary state)
                result.Add(name, Moments(file, state, name, student[name]));
        }
        return result;
    }

    // Decay is for weights: a bias or a tensor of one dimension goes to the second group. A last layer of fixed norm is in neither.
    private static List<string> ParameterOrder(IReadOnlyDictionary<string, HostTensor> student, long[][] numbers)
    {
        var fixedNorm = numbers.Sum(group => group.Length) == student.Count - 1;
        var trained = student.Where(pair => !fixedNorm || !pair.Key.EndsWith("last_layer.weight_g", StringComparison.Ordinal)).ToList();
        var decayed = trained.Where(pair => IsDecayed(pair.Key, pair.Value)).Select(pair => pair.Key).ToList();
        var free = trained.Where(pair => !IsDecayed(pair.Key, pair.Value)).Select(pair => pair.Key).ToList();
        if (numbers is not [var first, var second] || first.Length != decayed.Count || second.Length != free.Count)
        {
            throw new InvalidDataException($"its optimizer has groups of {string.Join(" and ", numbers.Select(group => group.Length))} parameters "
                + $"where the student has {decayed.Count} with weight decay and {free.Count} without");
        }
        return [.. decayed, .. free];
    }

    private static bool IsDecayed(string name, HostTensor tensor) =>
        tensor.Shape.Count != 1 && !name.EndsWith(".bias", StringComparison.Ordinal);

    private static long[] Numbers(object? group) =>
        group is PickleDictionary settings && settings.Items.GetValueOrDefault("params") is List<object?> list
            ? [.. list.Select(item => item is long number ? number : throw new InvalidDataException("its optimizer's params are not numbers"))]
            : throw new InvalidDataException("a param_group of its optimizer has no params");

    private static ImportedMoments Moments(TorchFile file, PickleDictionary state, string name, HostTensor parameter)
    {
        var step = state.Items.GetValueOrDefault("step") switch
        {
            long number => number,
            TorchTensor { Count: 1 } tensor => file.Read(tensor).Longs()[0],
            _ => throw new InvalidDataException($"its optimizer has no step for {name}"),
        };
        return new ImportedMoments(Moment("exp_avg"), Moment("exp_avg_sq"), step);

        HostTensor Moment(string kind) => state.Items.GetValueOrDefault(kind) is TorchTensor tensor && tensor.Shape.SequenceEqual(parameter.Shape)
            ? file.Read(tensor)
            : throw new InvalidDataException($"its optimizer has no {kind} in the shape of {name}");
    }
}
