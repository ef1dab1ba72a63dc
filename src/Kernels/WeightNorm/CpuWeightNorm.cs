using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.WeightNorm;

/// <summary>One pass over v forwards; one over v and its gradient backwards, which forms the norms again instead of reading them.</summary>
internal sealed unsafe class CpuWeightNorm(CpuThreads threads) : WeightNormKernels
{
    public override void Forward(DeviceSpan scale, DeviceSpan v, DeviceSpan g, int outputs, int inputs)
    {
        float* scales = scale.Floats(), direction = v.Floats(), length = g.Floats();
        WorkParts parts = new(outputs, inputs);
        threads.Run(parts.Count, part =>
        {
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                float* vector = direction + ((long)row * inputs);
                scales[row] = length[row] / MathF.Sqrt(VectorRow.Dot(vector, vector, inputs));
            }
        });
    }

    public override void Backward(DeviceSpan dWeight, DeviceSpan dG, DeviceSpan v, DeviceSpan g, int outputs, int inputs)
    {
        float* gradient = dWeight.Floats(), dLength = dG.FloatsOrNull(), direction = v.Floats(), length = g.Floats();
        WorkParts parts = new(outputs, 2 * inputs);
        threads.Run(parts.Count, part =>
        {
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                float* m = gradient + ((long)row * inputs), vector = direction + ((long)row * inputs);
                float inverse = 1 / MathF.Sqrt(VectorRow.Dot(vector, vector, inputs));
                float along = VectorRow.Dot(m, vector, inputs) * inverse;
                VectorRow.Project(m, m, vector, along * inverse, length[row] * inverse, inputs);
                if (dLength is not null)
                {
                    dLength[row] = along;
                }
            }
        });
    }
}
