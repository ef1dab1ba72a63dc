using DoRA.Kernels;

namespace DoRA.Pipeline.Clips;

/// <summary>Device memory that only grows, so that a step like the one before takes none.</summary>
internal sealed class GrowingMemory(Device device, ElementType type) : IDisposable
{
    private DeviceSpan _held;

    /// <summary>Elements of undefined content; where the memory has to grow, after a wait for all that may use it.</summary>
    public DeviceSpan Reserve(long length)
    {
        if (_held.IsEmpty || _held.Length < length)
        {
            device.Synchronize();
            Dispose();
            _held = device.Allocate(length, type);
        }

        return _held.Slice(0, length);
    }

    public void Dispose()
    {
        if (!_held.IsEmpty)
        {
            _held.Buffer.Dispose();
            _held = default;
        }
    }
}
