using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace DoRA.Pipeline.Files;

/// <summary>
/// Reads the pickles that torch.save writes (protocols 2 to 4) into plain data: null, bool, long, double, string, byte[], object?[]
/// (tuple), List (list, set), <see cref="PickleDictionary"/>, <see cref="TorchTensor"/>. A loop over a stack, so that nesting costs no
/// recursion; the number of operations is bounded, and names are looked up in <see cref="PickleGlobals"/> alone.
/// </summary>
/// <param name="stream">Read from its present position to the pickle's end.</param>
/// <param name="findStorage">Gives the storage that a persistent id names.</param>
internal sealed class PickleReader(Stream stream, Func<object?[], object?> findStorage)
{
    // A tensor takes some 40 operations: enough for 100,000 of them, and a hostile file stays below half a gigabyte.
    private const int MaxOperations = 4_000_000;
    private const int MaxNameBytes = 256;
    private const int MaxTextBytes = 1 << 26;

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<uint, object?> memo = [];

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="InvalidDataException">It is damaged, truncated, or asks for more than data.</exception>
    public object? Read()
    {
        for (var operation = 0; operation < MaxOperations; operation++)
        {
            var code = Byte();
            if (code == '.')
                return Pop();
            Execute(code);
        }
        throw new InvalidDataException($"its pickle has more than {MaxOperations} operations");
    }

    private void Execute(byte code)
    {
        switch (code)
        {
            case 0x80: CheckProtocol(Byte()); break;
            case 0x95: Number(8); break; // FRAME: a hint of length
            case (byte)'(': marks.Push(stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'K': Push((long)Byte()); break;
            case (byte)'M': Push(Number(2)); break;
            case (byte)'J': Push((long)(int)Number(4)); break;
            case 0x8a: Push(Long(Byte())); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case (byte)'X': Push(Text(Number(4))); break;
            case 0x8c: Push(Text(Byte())); break;
            case (byte)'B': Push(Bytes(Number(4))); break;
            case (byte)'C': Push(Bytes(Byte())); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(PopToMark()); break;
            case 0x85: Push(PopLast(1)); break;
            case 0x86: Push(PopLast(2)); break;
            case 0x87: Push(PopLast(3)); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'a': Append(PopLast(1)); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)'s': SetItems(PopLast(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': memo[Byte()] = Top(); break;
            case (byte)'r': memo[(uint)Number(4)] = Top(); break;
            case 0x94: memo[(uint)memo.Count] = Top(); break;
            case (byte)'h': Push(Remembered(Byte())); break;
            case (byte)'j': Push(Remembered((uint)Number(4))); break;
            case (byte)'c': Push(PickleGlobals.Find(Line(), Line())); break;
            case 0x93: PushGlobal(PopLast(2)); break;
            case (byte)'Q': Push(findStorage(Pop() as object?[] ?? throw Bad("a persistent id that is no tuple"))); break;
            case (byte)'R' or 0x81: Call(PopLast(2)); break;
            case (byte)'b': Build(Pop()); break;
            default: throw Bad($"the operation 0x{code:x2}, which torch.save does not write");
        }
    }

    private void Call(object?[] pair) => Push(pair is [PickleGlobal global, object?[] arguments]
        ? global.Call(arguments)
        : throw Bad("a call of something that is no function"));

    private void PushGlobal(object?[] names) => Push(names is [string module, string name]
        ? PickleGlobals.Find(module, name)
        : throw Bad("a name that is no text"));

    // What BUILD sets: the attributes of a Namespace, the byte order of a numpy type. An OrderedDict's only attribute is _metadata,
    // the versions of modules, which weights do not need; a Namespace with an attribute of that name loses it too.
    private void Build(object? state)
    {
        switch (Top(), state)
        {
            case (PickleDictionary target, PickleDictionary attributes):
                foreach (var (key, value) in attributes.Items)
                {
                    if (key != "_metadata")
                        target.Set(key, value);
                }
                break;
            case (NumpyType type, object?[] and [_, string order, ..]):
                type.LittleEndian = order is "<" or "|";
                break;
            default:
                throw Bad("a state for something that takes none");
        }
    }

    private void Append(object?[] items) =>
        (Top() as List<object?> ?? throw Bad("an item for something that is no list")).AddRange(items);

    private void SetItems(object?[] items)
    {
        if (Top() is not PickleDictionary target || items.Length % 2 != 0)
            throw Bad("a pair for something that is no dictionary");
        for (var i = 0; i < items.Length; i += 2)
            target.Set(items[i], items[i + 1]);
    }

    private object? Remembered(uint index) => memo.TryGetValue(index, out var value) ? value : throw Bad("a reference to nothing");

    private void Push(object? value) => stack.Add(value);

    private object? Pop() => PopLast(1)[0];

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Bad("an operation on an empty stack");

    private object?[] PopToMark() => marks.Count > 0 ? PopLast(stack.Count - marks.Pop()) : throw Bad("no mark where one is needed");

    // Nothing below the last mark may be popped but by the operation that pops the mark.
    private object?[] PopLast(int count)
    {
        if (stack.Count - count < Floor)
            throw Bad("an operation on an empty stack");
        var values = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private int Floor => marks.Count > 0 ? marks.Peek() : 0;

    private static void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 4)
            throw Bad($"protocol {protocol}; 2 to 4 are read");
    }

    private long Long(int bytes)
    {
        var value = new BigInteger(Bytes(bytes));
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : throw Bad("a whole number beyond 64 bits");
    }

    private string Text(long bytes) => Encoding.UTF8.GetString(Bytes(bytes));

    private string Line()
    {
        var line = new StringBuilder();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Length == MaxNameBytes)
                throw Bad($"a name longer than {MaxNameBytes} bytes");
            line.Append((char)next);
        }
        return line.ToString();
    }

    private long Number(int bytes)
    {
        Span<byte> buffer = stackalloc byte[sizeof(long)];
        buffer.Clear();
        ReadExactly(buffer[..bytes]);
        return BinaryPrimitives.ReadInt64LittleEndian(buffer);
    }

    private byte Byte()
    {
        var value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw Truncated();
    }

    // The length is compared with what the file still holds before memory is taken for it.
    private byte[] Bytes(long count)
    {
        if (count > stream.Length - stream.Position)
            throw Truncated();
        if (count > MaxTextBytes)
            throw Bad($"a text of {count} bytes");
        var bytes = new byte[count];
        ReadExactly(bytes);
        return bytes;
    }

    private void ReadExactly(Span<byte> destination)
    {
        if (stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw Truncated();
    }

    private static InvalidDataException Truncated() => new("it ends in the middle of its pickle: it is truncated");

    private static InvalidDataException Bad(string what) => new($"its pickle is damaged or not of weights: it has {what}");
}
