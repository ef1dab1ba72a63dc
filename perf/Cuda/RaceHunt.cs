using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Cuda;

/// <summary>Runs an operation again and again from the same inputs, its result poisoned before: other bits mean a race, or memory that nobody wrote.</summary>
internal static class RaceHunt
{
    /// <returns>Runs that gave other bits than the first.</returns>
    public static int Run(CudaDevice device, OperationCheck check, int repeats)
    {
        float[]? first = null;
        int different = 0;
        CheckMemory? memory = null;
        CheckWork work = default;
        DeviceSpan poison = default;
        for (int i = 0; i < repeats; i++)
        {
            // An optimiser's step changes its inputs, so each has its own.
            if (memory is null || check.ChangesInputs)
            {
                memory?.Dispose();
                memory = new(device);
                work = check.Prepare(memory);
                poison = check.ChangesInputs ? default : Poison(memory, work.Result);
            }

            if (!poison.IsEmpty)
            {
                device.Copy(work.Result, poison);
            }

            work.Run();
            float[] result = OperationDoctor.Read(device, work.Result);
            first ??= result;
            different += MemoryMarshal.AsBytes<float>(result).SequenceEqual(MemoryMarshal.AsBytes<float>(first)) && !float.IsNaN(result[0]) ? 0 : 1;
        }

        memory?.Dispose();
        return different;
    }

    /// <summary>NaN everywhere, in the result's type.</summary>
    private static DeviceSpan Poison(CheckMemory memory, DeviceSpan result)
    {
        float[] values = new float[result.Length];
        Array.Fill(values, float.NaN);
        return result.Type == ElementType.Float32 ? memory.Floats(values) : memory.Activations(values);
    }
}
