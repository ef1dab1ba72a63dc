using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.StochasticDepth;

/// <summary>A thread a sample draws the same number as every other engine: Philox is integer arithmetic.</summary>
internal sealed class CudaStochasticDepth(CudaDevice device) : StochasticDepthKernels
{
    private readonly CudaKernel _draw = device.Kernel(DrawScales);

    public override void Draw(DeviceSpan scales, int samples, float rate, PhiloxStream stream) =>
        _draw.Launch(CudaDevice.Groups(samples), CudaDevice.GroupSize, scales, samples, rate, 1 / (1 - rate), KernelArgument.Of(stream));

    private static void DrawScales(ArrayView<float> scales, int samples, float rate, float kept, PhiloxStream stream)
    {
        int sample = Grid.GlobalIndex.X;
        if (sample < samples)
        {
            scales[sample] = stream.Uniform((uint)sample) < rate ? 0 : kept;
        }
    }
}
