using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.WeightNorm;

/// <summary>A warp a row of v; backward forms the norms again instead of reading them. The second reading of a row finds it in the first
/// cache.</summary>
internal sealed class CudaWeightNorm(CudaDevice device) : WeightNormKernels
{
    private readonly CudaRowKernel
        _forward = new(device, Scale<Float32, Float4>, Scale<Float32, Float1>, Scale<BFloat16, Float4>, Scale<BFloat16, Float1>),
        _backward = new(device, Project<Float32, Float4>, Project<Float32, Float1>, Project<BFloat16, Float4>, Project<BFloat16, Float1>);

    public override void Forward(DeviceSpan scale, DeviceSpan v, DeviceSpan g, int outputs, int inputs) =>
        _forward.For(inputs, v).Kernel.Launch(CudaWarp.Groups(outputs), CudaWarp.GroupSize, scale, v, g, outputs, inputs);

    public override void Backward(DeviceSpan dWeight, DeviceSpan dG, DeviceSpan v, DeviceSpan g, int outputs, int inputs) =>
        _backward.For(inputs, dWeight, v).Kernel.Launch(CudaWarp.Groups(outputs), CudaWarp.GroupSize, dWeight, dG, v, g, outputs, inputs);

    private static void Scale<T, TVector>(ArrayView<float> scale, ArrayView<T> v, ArrayView<float> g, int outputs, int inputs)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        int row = CudaWarp.Row;
        if (row >= outputs)
        {
            return;
        }

        long at = (long)row * inputs;
        float norm = MathF.Sqrt(CudaWarp.Dot<TVector, T, T>(v, at, v, at, inputs));
        if (Warp.LaneIdx == 0)
        {
            scale[row] = g[row] / norm;
        }
    }

    private static void Project<T, TVector>(ArrayView<Float32> dWeight, ArrayView<float> dG, ArrayView<T> v, ArrayView<float> g,
        int outputs, int inputs)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int row = CudaWarp.Row;
        if (row >= outputs)
        {
            return;
        }

        long at = (long)row * inputs;
        float inverse = 1 / MathF.Sqrt(CudaWarp.Dot<TVector, T, T>(v, at, v, at, inputs));
        float along = CudaWarp.Dot<TVector, Float32, T>(dWeight, at, v, at, inputs) * inverse;
        TVector scale = vector.All(g[row] * inverse), share = vector.All(along * inverse);
        for (int i = Warp.LaneIdx * vector.Length; i < inputs; i += CudaWarp.Lanes * vector.Length)
        {
            scale.Times(vector.Load(dWeight, at + i).Minus(share.Times(vector.Load(v, at + i)))).Store(dWeight, at + i);
        }

        if (Warp.LaneIdx == 0 && dG.Length > 0)
        {
            dG[row] = along;
        }
    }
}
