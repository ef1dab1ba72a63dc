namespace DoRA.Pipeline.Files;

/// <summary>
/// A dictionary, OrderedDict or Namespace of a pickle. Keys are text; a whole number as key is its decimal digits. In the order of insertion.
/// </summary>
internal sealed class PickleDictionary
{
    private OrderedDictionary<string, object?>? items;

    public IReadOnlyDictionary<string, object?> Items => items ??= new OrderedDictionary<string, object?>(StringComparer.Ordinal);

    public void Set(object? key, object? value)
    {
        var name = key switch
        {
            string text => text,
            long number => number.ToString(),
            _ => throw new InvalidDataException("a dictionary in it has a key that is neither text nor a whole number"),
        };
        items ??= new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        items[name] = value;
    }
}
