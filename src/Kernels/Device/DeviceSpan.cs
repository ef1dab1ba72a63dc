namespace DoRA.Kernels;

/// <summary>
/// A run of elements in device memory: what every kernel takes and gives. It owns nothing. The default value
/// is empty and means "absent" wherever a contract calls an argument optional.
/// </summary>
/// <remarks>
/// The element type travels with the span, so that a contract can be served in float32 by one engine and in
/// bfloat16 by another: parameters, their gradients and statistics are always float32, activations are of
/// <see cref="Device.ActivationType"/>.
/// </remarks>
public readonly struct DeviceSpan
{
    private readonly DeviceBuffer? _buffer;

    internal DeviceSpan(DeviceBuffer buffer, long byteOffset, long length, ElementType type)
    {
        _buffer = buffer;
        ByteOffset = byteOffset;
        Length = length;
        Type = type;
    }

    public DeviceBuffer Buffer => _buffer ?? throw new InvalidOperationException("An empty span has no buffer.");

    /// <summary>Bytes from the start of <see cref="Buffer"/>.</summary>
    public long ByteOffset { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    public ElementType Type { get; }

    public bool IsEmpty => _buffer is null;

    /// <summary>
    /// What products read of weights: their copy in the activation type, where <see cref="Device.AllocateWeights"/> made one; else the
    /// elements themselves.
    /// </summary>
    public DeviceSpan Operand => _buffer?.Rounded is { } rounded && Type == ElementType.Float32
        ? new(rounded, ByteOffset / ElementType.Float32.Size() * ElementType.BFloat16.Size(), Length, ElementType.BFloat16)
        : this;

    /// <summary>The elements from <paramref name="start"/> to the end.</summary>
    public DeviceSpan Slice(long start) => Slice(start, Length - start);

    /// <summary><paramref name="length"/> elements from <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice leaves the span.</exception>
    public DeviceSpan Slice(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new(Buffer, ByteOffset + (start * Type.Size()), length, Type);
    }
}
