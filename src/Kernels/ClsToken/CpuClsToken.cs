using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.ClsToken;

/// <summary>A copy of one row in so many.</summary>
internal sealed unsafe class CpuClsToken(CpuThreads threads) : ClsTokenKernels
{
    public override void Forward(DeviceSpan y, DeviceSpan x, int views, int tokens, int width)
    {
        float* output = y.Floats(), input = x.Floats();
        WorkParts parts = new(views, width);
        threads.Run(parts.Count, part =>
        {
            for (int view = parts.Start(part); view < parts.End(part); view++)
            {
                VectorRow.Copy(output + ((long)view * width), input + ((long)view * tokens * width), width);
            }
        });
    }

    public override void Backward(DeviceSpan dX, DeviceSpan dY, int views, int tokens, int width, bool accumulate)
    {
        float* dInput = dX.Floats(), dOutput = dY.Floats();
        WorkParts parts = new(views, accumulate ? width : (long)tokens * width);
        threads.Run(parts.Count, part =>
        {
            for (int view = parts.Start(part); view < parts.End(part); view++)
            {
                float* to = dInput + ((long)view * tokens * width), from = dOutput + ((long)view * width);
                if (accumulate)
                {
                    VectorRow.Add(to, from, width);
                }
                else
                {
                    VectorRow.Copy(to, from, width);
                    VectorRow.Clear(to + width, (tokens - 1L) * width);
                }
            }
        });
    }
}
