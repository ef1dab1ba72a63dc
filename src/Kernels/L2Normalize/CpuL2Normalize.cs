using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.L2Normalize;

/// <summary>A row is read from memory once and stays in the first cache.</summary>
internal sealed unsafe class CpuL2Normalize(CpuThreads threads) : L2NormalizeKernels
{
    public override void Forward(DeviceSpan y, DeviceSpan inverseNorm, DeviceSpan x, int rows, int width)
    {
        float* output = y.Floats(), inverse = inverseNorm.Floats(), input = x.Floats();
        WorkParts parts = new(rows, width);
        threads.Run(parts.Count, part =>
        {
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                float* from = input + ((long)row * width);
                inverse[row] = 1 / MathF.Max(MathF.Sqrt(VectorRow.Dot(from, from, width)), Epsilon);
                VectorRow.Scale(output + ((long)row * width), from, inverse[row], width);
            }
        });
    }

    public override void Backward(DeviceSpan dX, DeviceSpan dY, DeviceSpan y, DeviceSpan inverseNorm, int rows, int width)
    {
        float* dInput = dX.Floats(), dOutput = dY.Floats(), output = y.Floats(), inverse = inverseNorm.Floats();
        WorkParts parts = new(rows, 2 * width);
        threads.Run(parts.Count, part =>
        {
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                long at = (long)row * width;
                VectorRow.Project(dInput + at, dOutput + at, output + at, VectorRow.Dot(dOutput + at, output + at, width), inverse[row],
                    width);
            }
        });
    }
}
