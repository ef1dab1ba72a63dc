using DoRA.Kernels;

namespace DoRA.Pipeline.Doctor;

/// <summary>Runs every operation at a real shape and says how far off and how fast it is.</summary>
internal static class OperationDoctor
{
    /// <summary>Elements of a result that are computed in double.</summary>
    private const int Spots = 24;

    /// <summary>
    /// Sums of up to 1,576 products in float32 and exponentials at a temperature of 0.04 lose less than four digits; bfloat16 keeps less than
    /// three of each number stored.
    /// </summary>
    private const double Float32Tolerance = 1e-4, BFloat16Tolerance = 1e-2;

    /// <param name="device">The CPU is held to formulas in double, at elements spread over the result; a card to the CPU, at all.</param>
    /// <param name="seconds">Measuring time of each operation.</param>
    public static IEnumerable<CheckResult> Run(Device device, IEnumerable<OperationCheck> checks, double seconds)
    {
        using CpuDevice? cpu = device is CpuDevice ? null : new();
        foreach (OperationCheck check in checks)
        {
            using CheckMemory memory = new(device);
            CheckWork work = check.Prepare(memory);
            work.Run();
            float[] result = Read(device, work.Result);
            (double? error, string against) = cpu is null ? AgainstFormula(check, result) : (Error(result, OnCpu(cpu, check)), "CPU engine");
            double tolerance = device.ActivationType == ElementType.BFloat16 ? BFloat16Tolerance : Float32Tolerance;
            double time = Fastest(device, work.Run, seconds);
            yield return new(check.Name, check.Shape, error, against, tolerance, time, check.Flops > 0 ? check.Flops / time : null,
                check.Bytes(device.ActivationType.Size()) / time);
        }
    }

    /// <summary>Seconds of the fastest run, by the device's own clock.</summary>
    public static double Fastest(Device device, Action run, double seconds)
    {
        using QueueMark start = device.CreateMark(), end = device.CreateMark();
        double fastest = double.PositiveInfinity;
        for (long begun = System.Diagnostics.Stopwatch.GetTimestamp(); ;)
        {
            start.Set();
            run();
            end.Set();
            fastest = Math.Min(fastest, end.SecondsSince(start));
            if (System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalSeconds >= seconds)
            {
                return fastest;
            }
        }
    }

    public static float[] Read(Device device, DeviceSpan span)
    {
        float[] values = new float[span.Length];
        device.Download<float>(values, span);
        return values;
    }

    /// <summary>‖actual − expected‖ / ‖expected‖; no number where one of them is none.</summary>
    public static double Error(IReadOnlyList<float> actual, IReadOnlyList<float> expected)
    {
        (double difference, double size) = (0, 0);
        for (int i = 0; i < actual.Count; i++)
        {
            difference += Math.Pow((double)actual[i] - expected[i], 2);
            size += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(difference / size);
    }

    private static float[] OnCpu(CpuDevice cpu, OperationCheck check)
    {
        using CheckMemory memory = new(cpu);
        CheckWork work = check.Prepare(memory);
        work.Run();
        return Read(cpu, work.Result);
    }

    private static (double? Error, string Against) AgainstFormula(OperationCheck check, float[] result)
    {
        if (check.Truth is not { } truth)
        {
            return (null, "with a card only");
        }

        // Steps of a prime number of elements fall on all rows, columns and groups in turn.
        int[] places = [.. Enumerable.Range(0, Spots).Select(i => (int)((7L + (i * 1_000_003L)) % result.Length))];
        return (Error([.. places.Select(place => result[place])], [.. places.Select(place => (float)truth(place))]), "formula in double");
    }
}
