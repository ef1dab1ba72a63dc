using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.WeightNorm;

/// <summary>A warp a row of v; backward forms the norms again instead of reading them.</summary>
internal sealed class CudaWeightNorm(CudaDevice device) : WeightNormKernels
{
    private readonly CudaKernel _forward = device.Kernel(Scale), _backward = device.Kernel(Project);

    public override void Forward(DeviceSpan scale, DeviceSpan v, DeviceSpan g, int outputs, int inputs) =>
        _forward.Launch(CudaWarp.Groups(outputs), CudaWarp.GroupSize, scale, v, g, outputs, inputs);

    public override void Backward(DeviceSpan dWeight, DeviceSpan dG, DeviceSpan v, DeviceSpan g, int outputs, int inputs) =>
        _backward.Launch(CudaWarp.Groups(outputs), CudaWarp.GroupSize, dWeight, dG, v, g, outputs, inputs);

    private static void Scale(ArrayView<float> scale, ArrayView<float> v, ArrayView<float> g, int outputs, int inputs)
    {
        int row = CudaWarp.Row;
        if (row >= outputs)
        {
            return;
        }

        long at = (long)row * inputs;
        float norm = MathF.Sqrt(CudaWarp.Dot(v, at, v, at, inputs));
        if (Warp.LaneIdx == 0)
        {
            scale[row] = g[row] / norm;
        }
    }

    private static void Project(ArrayView<float> dWeight, ArrayView<float> dG, ArrayView<float> v, ArrayView<float> g, int outputs,
        int inputs)
    {
        int row = CudaWarp.Row;
        if (row >= outputs)
        {
            return;
        }

        long at = (long)row * inputs;
        float inverse = 1 / MathF.Sqrt(CudaWarp.Dot(v, at, v, at, inputs));
        float along = CudaWarp.Dot(dWeight, at, v, at, inputs) * inverse, scale = g[row] * inverse;
        for (int i = Warp.LaneIdx; i < inputs; i += CudaWarp.Lanes)
        {
            dWeight[at + i] = scale * (dWeight[at + i] - (along * inverse * v[at + i]));
        }

        if (Warp.LaneIdx == 0 && dG.Length > 0)
        {
            dG[row] = along;
        }
    }
}
