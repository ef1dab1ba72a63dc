using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.AdamW;

/// <summary>
/// Two launches over all tensors, cut into blocks, one a group: the gradients' square sums, then everything else. In the second each group
/// adds up its tensor's square sums for itself, in the same order, instead of waiting for a launch between.
/// </summary>
internal sealed class CudaAdamW(CudaDevice device) : AdamWKernels
{
    private const int BlockLength = 16384;

    private readonly CudaKernel _sums = device.Kernel(SquareSums), _update = device.Kernel(Update);
    private Tensor[] _tensors = [];

    public override void Step(DeviceSpan norms, in AdamWBuffers buffers, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        int blocks = Describe(segments, settings);
        KernelArgument tensors = device.Table<Tensor>(_tensors, "AdamW tensors");
        KernelArgument sums = KernelArgument.View(device.Scratch(2L * blocks).Address(), blocks);
        _sums.Launch(blocks, CudaWarp.GroupSize, sums, buffers.Gradients, tensors);
        Scalars scalars = new(
            (float)settings.Beta1, (float)(1 - settings.Beta1), (float)settings.Beta2, (float)(1 - settings.Beta2), (float)settings.Epsilon,
            (float)settings.ClipNorm, (float)settings.TeacherMomentum, (float)(1 - settings.TeacherMomentum));
        _update.Launch(blocks, CudaWarp.GroupSize, norms, buffers.Weights, buffers.Gradients, buffers.Mean, buffers.Variance,
            buffers.Teacher, Rounded(buffers.Weights), Rounded(buffers.Teacher), sums, tensors, KernelArgument.Of(scalars));
    }

    private static DeviceSpan Rounded(DeviceSpan weights) => weights.Operand.Type == ElementType.BFloat16 ? weights.Operand : default;

    /// <summary>Fills the table of tensors and returns the number of their blocks.</summary>
    private int Describe(ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        if (_tensors.Length != segments.Length)
        {
            _tensors = new Tensor[segments.Length];
        }

        int block = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            AdamWSegment segment = segments[i];
            _tensors[i] = new(
                segment.Offset,
                segment.Length,
                block,
                segment.Step > 0 ? 1 : 0,
                segment.WeightDecay ? (float)(1 - (settings.LearningRate * settings.WeightDecay)) : 1,
                (float)(settings.LearningRate / (1 - Math.Pow(settings.Beta1, segment.Step))),
                (float)(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, segment.Step))));
            block += Math.Max(1, (segment.Length + BlockLength - 1) / BlockLength);
        }

        return block;
    }

    private static void SquareSums(ArrayView<double> sums, ArrayView<float> gradients, ArrayView<Tensor> tensors)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(CudaWarp.PerGroup);
        Tensor tensor = tensors[Find(tensors, Grid.IdxX)];
        int start = (Grid.IdxX - tensor.FirstBlock) * BlockLength, end = IntrinsicMath.Min(start + BlockLength, tensor.Length);
        float sum = 0;
        for (int i = start + Group.IdxX; i < end; i += Group.DimX)
        {
            float gradient = gradients[tensor.Offset + i];
            sum += gradient * gradient;
        }

        double total = CudaWarp.GroupSum((double)sum, shared);
        if (Group.IdxX == 0)
        {
            sums[Grid.IdxX] = total;
        }
    }

    private static void Update(ArrayView<float> norms, ArrayView<float> weights, ArrayView<float> gradients, ArrayView<float> means,
        ArrayView<float> variances, ArrayView<float> teachers, ArrayView<BFloat16> weightOperands, ArrayView<BFloat16> teacherOperands,
        ArrayView<double> sums, ArrayView<Tensor> tensors, Scalars scalars)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(CudaWarp.PerGroup);
        int index = Find(tensors, Grid.IdxX);
        Tensor tensor = tensors[index];
        int blocks = (tensor.Length + BlockLength - 1) / BlockLength;
        double sum = 0;
        for (int block = Group.IdxX; block < blocks; block += Group.DimX)
        {
            sum += sums[tensor.FirstBlock + block];
        }

        float norm = (float)Math.Sqrt(CudaWarp.GroupSum(sum, shared));
        if (Grid.IdxX == tensor.FirstBlock && Group.IdxX == 0)
        {
            norms[index] = norm;
        }

        // min(1, ·) would turn a NaN into 1.
        float clip = scalars.ClipNorm / (norm + 1e-6f);
        clip = clip > 1 ? 1 : clip;
        int start = (Grid.IdxX - tensor.FirstBlock) * BlockLength, end = IntrinsicMath.Min(start + BlockLength, tensor.Length);
        for (int i = start + Group.IdxX; i < end; i += Group.DimX)
        {
            long at = tensor.Offset + i;
            float w = weights[at];
            if (tensor.Updates != 0)
            {
                float g = gradients[at] * clip;
                float m = (scalars.Beta1 * means[at]) + (scalars.Rest1 * g), v = (scalars.Beta2 * variances[at]) + (scalars.Rest2 * g * g);
                w = (w * tensor.Decay) - (tensor.StepSize * m / ((MathF.Sqrt(v) * tensor.VarianceScale) + scalars.Epsilon));
                means[at] = m;
                variances[at] = v;
                weights[at] = w;
            }

            float teacher = (scalars.Momentum * teachers[at]) + (scalars.Follow * w);
            teachers[at] = teacher;
            if (weightOperands.Length > 0)
            {
                weightOperands[at] = default(BFloat16).Of(w);
                teacherOperands[at] = default(BFloat16).Of(teacher);
            }
        }
    }

    /// <summary>The tensor that a block belongs to: the last whose first block is not behind it.</summary>
    private static int Find(ArrayView<Tensor> tensors, int block)
    {
        int low = 0, high = tensors.IntLength - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (tensors[middle].FirstBlock <= block)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>A tensor and what its step count makes of the settings.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Tensor(long Offset, int Length, int FirstBlock, int Updates, float Decay, float StepSize,
        float VarianceScale);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Scalars(float Beta1, float Rest1, float Beta2, float Rest2, float Epsilon, float ClipNorm,
        float Momentum, float Follow);
}
