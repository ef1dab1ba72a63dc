using DoRA.Kernels.Primitives.TensorCore;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// A kernel that is generic in its storage and in the vector that a lane handles at once. It moves four elements with one instruction
/// where rows are whole fours of them and begin at whole fours, else one at a time.
/// </summary>
internal sealed class CudaRowKernel(CudaDevice device, Delegate float32Fours, Delegate float32, Delegate bfloat16Fours, Delegate bfloat16)
{
    private readonly CudaKernel _fours = device.Kernel(float32Fours, bfloat16Fours), _ones = device.Kernel(float32, bfloat16);

    public IReadOnlyList<CudaKernel> Kernels => [_fours, _ones];

    /// <summary>The kernel for such rows, and how many elements a lane handles at once.</summary>
    /// <param name="width">Elements from one row to the next.</param>
    /// <param name="rows">Every span that vectors are loaded from or stored to.</param>
    public (CudaKernel Kernel, int Elements) For(int width, params ReadOnlySpan<DeviceSpan> rows)
    {
        bool areFours = width % 4 == 0;
        foreach (DeviceSpan span in rows)
        {
            areFours &= span.IsEmpty || span.Address() % (ulong)(4 * span.Type.Size()) == 0;
        }

        return areFours ? (_fours, 4) : (_ones, 1);
    }
}
