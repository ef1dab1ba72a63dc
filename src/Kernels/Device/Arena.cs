namespace DoRA.Kernels;

/// <summary>
/// Memory for one step's activations. A block that is returned is handed out again at once, and a step asks for
/// the same sizes as the one before, so after the first step nothing is allocated any more.
/// </summary>
public sealed class Arena(Device device) : IDisposable
{
    private const long Granularity = 256;
    private readonly Dictionary<long, Stack<DeviceBuffer>> _free = [];
    private readonly HashSet<DeviceBuffer> _rented = [];

    public Device Device { get; } = device;

    /// <summary>Bytes taken from the device so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes handed out at this moment.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>Memory of undefined content, until it is returned or the arena is reset.</summary>
    public DeviceSpan Rent(long length, ElementType type)
    {
        long bytes = (Math.Max(1, length * type.Size()) + Granularity - 1) / Granularity * Granularity;
        if (!_free.TryGetValue(bytes, out Stack<DeviceBuffer>? stack))
        {
            _free[bytes] = stack = new();
        }

        if (!stack.TryPop(out DeviceBuffer? buffer))
        {
            buffer = Device.Allocate(bytes);
            Bytes += bytes;
        }

        _rented.Add(buffer);
        RentedBytes += bytes;
        return new(buffer, 0, length, type);
    }

    /// <summary>Gives back a block that <see cref="Rent"/> handed out; later work may overwrite it.</summary>
    /// <exception cref="InvalidOperationException">The block is not out on rent from this arena.</exception>
    public void Return(DeviceSpan span)
    {
        if (!_rented.Remove(span.Buffer))
        {
            throw new InvalidOperationException("This memory was not rented from the arena, or was returned before.");
        }

        RentedBytes -= span.Buffer.Bytes;
        _free[span.Buffer.Bytes].Push(span.Buffer);
    }

    /// <summary>Takes back everything that is out on rent.</summary>
    public void Reset()
    {
        foreach (DeviceBuffer buffer in _rented)
        {
            _free[buffer.Bytes].Push(buffer);
        }

        _rented.Clear();
        RentedBytes = 0;
    }

    public void Dispose()
    {
        Reset();
        foreach (DeviceBuffer buffer in _free.Values.SelectMany(stack => stack))
        {
            buffer.Dispose();
        }

        _free.Clear();
    }
}
