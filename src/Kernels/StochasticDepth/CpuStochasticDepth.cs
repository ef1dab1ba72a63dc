using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.StochasticDepth;

/// <summary>One number a sample: too little work to share out.</summary>
internal sealed unsafe class CpuStochasticDepth : StochasticDepthKernels
{
    public override void Draw(DeviceSpan scales, int samples, float rate, PhiloxStream stream)
    {
        float* scale = scales.Floats();
        for (int sample = 0; sample < samples; sample++)
        {
            scale[sample] = stream.Uniform((uint)sample) < rate ? 0 : 1 / (1 - rate);
        }
    }
}
