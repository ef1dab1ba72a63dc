using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Sinkhorn;

/// <summary>
/// An image's plan is a few thousand numbers, which stay in the first cache in float64 for all iterations: sharp similarities that leave
/// float32's range (e^−88) are shared out all the same. One sweep an iteration scales the rows, scales the columns and sums
/// the rows for the next.
/// </summary>
internal sealed unsafe class CpuSinkhorn(CpuThreads threads) : SinkhornKernels
{
    private const int Lanes = 8;

    public override void Forward(DeviceSpan assignment, DeviceSpan similarity, SinkhornSize size, float epsilon, int iterations)
    {
        float* input = similarity.Floats();
        int stride = Stride(size);
        // ε is the decimal number that was written, not its float32 neighbour: its error would be multiplied by S/ε.
        double scale = 1 / (double)(decimal)epsilon;
        Run(assignment, size, iterations, (image, plan) =>
        {
            float* from = input + ((long)image * size.Patches * size.Objects);
            double maximum = double.NegativeInfinity;
            for (int i = 0; i < size.Patches * size.Objects; i++)
            {
                maximum = Math.Max(maximum, from[i] * scale);
            }

            for (int patch = 0; patch < size.Patches; patch++)
            {
                for (int item = 0; item < size.Objects; item++)
                {
                    plan[(item * stride) + patch] = (from[(patch * size.Objects) + item] * scale) - maximum;
                }
            }

            for (int i = 0; i < size.Objects * stride; i += Lanes)
            {
                Vector512.Store(Vector512.Exp(Vector512.Load(plan + i)), plan + i);
            }
        });
    }

    public override void Iterate(DeviceSpan assignment, DeviceSpan exponentials, SinkhornSize size, int iterations)
    {
        float* input = exponentials.Floats();
        int stride = Stride(size);
        Run(assignment, size, iterations, (image, plan) =>
        {
            float* from = input + ((long)image * size.Patches * size.Objects);
            float largest = LargestFinite(from, size.Patches * size.Objects);
            for (int item = 0; item < size.Objects; item++)
            {
                for (int patch = 0; patch < size.Patches; patch++)
                {
                    float value = from[(item * size.Patches) + patch];
                    plan[(item * stride) + patch] = float.IsInfinity(value) ? largest : value;
                }
            }
        });
    }

    private static float LargestFinite(float* values, int length)
    {
        float largest = 0;
        for (int i = 0; i < length; i++)
        {
            if (float.IsFinite(values[i]) && values[i] > largest)
            {
                largest = values[i];
            }
        }

        return largest;
    }

    private static int Stride(SinkhornSize size) => (size.Patches + Lanes - 1) / Lanes * Lanes;

    /// <param name="fill">Writes an image's exponentials, [objects, stride]; what stands behind a row's patches may be anything.</param>
    private void Run(DeviceSpan assignment, SinkhornSize size, int iterations, PlanAction fill)
    {
        float* output = assignment.Floats();
        int stride = Stride(size);
        long length = ((long)size.Objects * stride) + (2L * size.Objects * Lanes);
        WorkParts parts = new(size.Batch, (long)size.Patches * size.Objects * (iterations + 4));
        double* plans = (double*)threads.Scratch(2 * parts.Count * length);
        threads.Run(parts.Count, part =>
        {
            double* plan = plans + (part * length), rowSums = plan + ((long)size.Objects * stride);
            for (int image = parts.Start(part); image < parts.End(part); image++)
            {
                fill(image, plan);
                DivideByTotal(plan, rowSums, size, stride);
                for (int iteration = 0; iteration < iterations; iteration++)
                {
                    ScaleRowsThenColumns(plan, rowSums, rowSums + (size.Objects * Lanes), size, stride);
                }

                float* to = output + ((long)image * size.Patches * size.Objects);
                for (int patch = 0; patch < size.Patches; patch++)
                {
                    for (int item = 0; item < size.Objects; item++)
                    {
                        to[(patch * size.Objects) + item] = (float)(plan[((long)item * stride) + patch] * size.Patches);
                    }
                }
            }
        });
    }

    /// <summary>Makes the whole plan sum to 1 and leaves each row's sum, spread over a vector's lanes.</summary>
    private static void DivideByTotal(double* plan, double* rowSums, SinkhornSize size, int stride)
    {
        double total = 0;
        for (int item = 0; item < size.Objects; item++)
        {
            double* row = plan + ((long)item * stride);
            new Span<double>(row + size.Patches, stride - size.Patches).Clear();
            Vector512<double> sum = default;
            for (int patch = 0; patch < stride; patch += Lanes)
            {
                sum += Vector512.Load(row + patch);
            }

            Vector512.Store(sum, rowSums + (item * Lanes));
            total += Vector512.Sum(sum);
        }

        for (long i = 0; i < ((long)size.Objects * stride) + (size.Objects * Lanes); i += Lanes)
        {
            Vector512.Store(Vector512.Load(plan + i) / total, plan + i);
        }
    }

    /// <summary>One iteration, and the sums of its rows for the next.</summary>
    private static void ScaleRowsThenColumns(double* plan, double* rowSums, double* rowFactors, SinkhornSize size, int stride)
    {
        for (int item = 0; item < size.Objects; item++)
        {
            rowFactors[item] = 1 / (size.Objects * Vector512.Sum(Vector512.Load(rowSums + (item * Lanes))));
            Vector512.Store(Vector512<double>.Zero, rowSums + (item * Lanes));
        }

        for (int patch = 0; patch < stride; patch += Lanes)
        {
            Vector512<double> columnSum = default;
            for (int item = 0; item < size.Objects; item++)
            {
                double* at = plan + ((long)item * stride) + patch;
                Vector512<double> scaled = Vector512.Load(at) * rowFactors[item];
                Vector512.Store(scaled, at);
                columnSum += scaled;
            }

            // Behind the last patch a sum is zero; its infinite factor is masked away.
            Vector512<double> isPatch = Vector512.LessThan(Vector512.CreateSequence((double)patch, 1),
                Vector512.Create((double)size.Patches));
            Vector512<double> factor = (Vector512<double>.One / (columnSum * size.Patches)) & isPatch;
            for (int item = 0; item < size.Objects; item++)
            {
                double* at = plan + ((long)item * stride) + patch;
                Vector512<double> scaled = Vector512.Load(at) * factor;
                Vector512.Store(scaled, at);
                Vector512.Store(Vector512.Load(rowSums + (item * Lanes)) + scaled, rowSums + (item * Lanes));
            }
        }
    }

    /// <summary>Writes image <paramref name="image"/>'s exponentials to <paramref name="plan"/>.</summary>
    private delegate void PlanAction(int image, double* plan);
}
