using System.Diagnostics;

namespace DoRA.Kernels;

/// <summary>How the CPU engine reaches the memory behind a span.</summary>
internal static unsafe class CpuMemory
{
    public static float* Floats(this DeviceSpan span)
    {
        Debug.Assert(span.Type == ElementType.Float32, "The CPU engine computes in float32.");
        return (float*)Bytes(span);
    }

    /// <summary>The floats, or null for an absent span.</summary>
    public static float* FloatsOrNull(this DeviceSpan span) => span.IsEmpty ? null : Floats(span);

    public static int* Integers(this DeviceSpan span)
    {
        Debug.Assert(span.Type == ElementType.Int32, "An index span holds int32.");
        return (int*)Bytes(span);
    }

    public static byte* Bytes(this DeviceSpan span) => ((CpuBuffer)span.Buffer).Pointer + span.ByteOffset;
}
