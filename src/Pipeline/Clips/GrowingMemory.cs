using DoRA.Kernels;

namespace DoRA.Pipeline.Clips;

/// <summary>Device memory that only grows, so that a step like the one before takes none.</summary>
internal sealed class GrowingMemory(Device device, ElementType type) : IDisposable
{
    /// <summary>All that was taken so far; empty before the first time.</summary>
    public DeviceSpan Held { get; private set; }

    /// <summary>Elements of undefined content; where the memory has to grow, after a wait for all that may use it.</summary>
    public DeviceSpan Reserve(long length)
    {
        if (Held.IsEmpty || Held.Length < length)
        {
            device.Synchronize();
            Dispose();
            Held = device.Allocate(length, type);
        }

        return Held.Slice(0, length);
    }

    public void Dispose()
    {
        if (!Held.IsEmpty)
        {
            Held.Buffer.Dispose();
            Held = default;
        }
    }
}
