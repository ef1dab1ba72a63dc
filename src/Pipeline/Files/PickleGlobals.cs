using System.Buffers.Binary;
using System.Text;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>A Python name that a pickle may use: what calling it with arguments gives.</summary>
/// <param name="Name">Module and name, as <c>collections.OrderedDict</c>.</param>
/// <param name="Call">The call's result; throws <see cref="InvalidDataException"/> for arguments it does not know.</param>
internal sealed record PickleGlobal(string Name, Func<object?[], object?> Call);

/// <summary>The type of a torch storage, as <c>torch.FloatStorage</c>.</summary>
internal sealed record TorchStorageType(StoredType Element);

/// <summary>A numpy dtype; the pickle sets its byte order after making it.</summary>
internal sealed class NumpyType(string code)
{
    public string Code { get; } = code;

    public bool LittleEndian { get; set; } = true;
}

/// <summary>
/// All that a pickle of weights may name. Each is answered by a few lines here that build data; no Python name is ever resolved, so nothing
/// outside this list can happen.
/// </summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, object> Known = new(StringComparer.Ordinal);

    static PickleGlobals()
    {
        AddCall("collections.OrderedDict", EmptyDictionary);
        AddCall("argparse.Namespace", EmptyDictionary);
        AddCall("torch._utils._rebuild_tensor_v2", TorchTensor.Rebuild);
        AddCall("torch._utils._rebuild_tensor", TorchTensor.Rebuild);
        AddCall("torch._utils._rebuild_parameter", arguments => arguments is [TorchTensor tensor, ..] ? tensor : throw Bad("_rebuild_parameter"));
        AddCall("torch.Size", arguments => arguments is [object?[] sizes] ? sizes : throw Bad("torch.Size"));
        AddCall("torch.device", arguments => arguments is [string type, ..] ? type : throw Bad("torch.device"));
        AddCall("_codecs.encode", arguments => arguments is [string text, "latin1"] ? Latin1(text) : throw Bad("_codecs.encode"));
        AddCall("numpy.dtype", arguments => arguments is [string code, ..] ? new NumpyType(code) : throw Bad("numpy.dtype"));
        AddCall("numpy.core.multiarray.scalar", NumpyScalar);
        AddCall("numpy._core.multiarray.scalar", NumpyScalar);
        foreach (var module in new[] { "builtins", "__builtin__" })
        {
            foreach (var collection in new[] { "set", "list", "tuple" })
                AddCall($"{module}.{collection}", arguments => Items(arguments));
        }
        foreach (var (name, element) in new[]
        {
            ("Float", StoredType.Float32), ("Double", StoredType.Float64), ("Half", StoredType.Float16), ("BFloat16", StoredType.BFloat16),
            ("Long", StoredType.Int64), ("Int", StoredType.Int32), ("Byte", StoredType.UInt8), ("Bool", StoredType.Bool),
        })
        {
            Known.Add($"torch.{name}Storage", new TorchStorageType(element));
            Known.Add($"torch.cuda.{name}Storage", new TorchStorageType(element));
        }
        foreach (var type in new[] { "float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool" })
            Known.Add($"torch.{type}", type);
    }

    /// <summary>What a name stands for.</summary>
    /// <exception cref="InvalidDataException">It is not on the list; the message names it.</exception>
    public static object Find(string module, string name) => Known.TryGetValue($"{module}.{name}", out var global)
        ? global
        : throw new InvalidDataException($"it asks Python for {module}.{name}, which no weights need; nothing was run");

    private static void AddCall(string name, Func<object?[], object?> call) => Known.Add(name, new PickleGlobal(name, call));

    private static PickleDictionary EmptyDictionary(object?[] arguments) =>
        arguments.Length == 0 ? new PickleDictionary() : throw Bad("a dictionary");

    private static List<object?> Items(object?[] arguments) => arguments switch
    {
        [] => [],
        [List<object?> list] => list,
        [object?[] tuple] => [.. tuple],
        _ => throw Bad("a collection"),
    };

    private static byte[] Latin1(string text) => text.All(character => character < 256)
        ? Encoding.Latin1.GetBytes(text)
        : throw Bad("_codecs.encode");

    private static object NumpyScalar(object?[] arguments)
    {
        if (arguments is not [NumpyType { LittleEndian: true } type, byte[] bytes])
            throw Bad("a numpy scalar");
        return (type.Code, bytes.Length) switch
        {
            ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ("b1", 1) => bytes[0] != 0,
            _ => throw Bad($"a numpy scalar of type {type.Code}"),
        };
    }

    private static InvalidDataException Bad(string what) => new($"it calls {what} with arguments that weights do not need");
}
