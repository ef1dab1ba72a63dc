using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.AdamW;

/// <summary>
/// Two launches over all tensors, cut into blocks, one a group: the gradients' square sums, then everything else. In the second each group
/// adds up its tensor's square sums for itself, in the same order, instead of waiting for a launch between. Four elements a thread at
/// once, since tensors begin at multiples of 16.
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

    private static void SquareSums(ArrayView<double> sums, ArrayView<Float32> gradients, ArrayView<Tensor> tensors)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(CudaWarp.PerGroup);
        Tensor tensor = tensors[Find(tensors, Grid.IdxX)];
        int start = (Grid.IdxX - tensor.FirstBlock) * BlockLength, end = IntrinsicMath.Min(start + BlockLength, tensor.Length);
        int whole = end - ((end - start) % 4);
        Float4 four = default, squares = Float4.All(0);
        for (int i = start + (4 * Group.IdxX); i < whole; i += 4 * Group.DimX)
        {
            Float4 gradient = four.Load(gradients, tensor.Offset + i);
            squares += gradient * gradient;
        }

        float sum = squares.Sum;
        if (whole + Group.IdxX < end)
        {
            float gradient = gradients[tensor.Offset + whole + Group.IdxX].Value;
            sum += gradient * gradient;
        }

        double total = CudaWarp.GroupSum((double)sum, shared);
        if (Group.IdxX == 0)
        {
            sums[Grid.IdxX] = total;
        }
    }

    private static void Update(ArrayView<float> norms, ArrayView<Float32> weights, ArrayView<Float32> gradients, ArrayView<Float32> means,
        ArrayView<Float32> variances, ArrayView<Float32> teachers, ArrayView<BFloat16> weightOperands, ArrayView<BFloat16> teacherOperands,
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

        // False for NaN too.
        if (!(norm <= float.MaxValue))
        {
            return;
        }

        float clip = scalars.ClipNorm / (norm + 1e-6f);
        clip = clip > 1 ? 1 : clip;
        int start = (Grid.IdxX - tensor.FirstBlock) * BlockLength, end = IntrinsicMath.Min(start + BlockLength, tensor.Length);
        int whole = end - ((end - start) % 4);
        Buffers buffers = new(weights, gradients, means, variances, teachers, weightOperands, teacherOperands);
        for (int i = start + (4 * Group.IdxX); i < whole; i += 4 * Group.DimX)
        {
            buffers.Step<Float4>(tensor.Offset + i, clip, tensor, scalars);
        }

        if (whole + Group.IdxX < end)
        {
            buffers.Step<Float1>(tensor.Offset + whole + Group.IdxX, clip, tensor, scalars);
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

    /// <summary>The contract's formulas on neighbouring elements.</summary>
    private readonly struct Buffers(ArrayView<Float32> weights, ArrayView<Float32> gradients, ArrayView<Float32> means,
        ArrayView<Float32> variances, ArrayView<Float32> teachers, ArrayView<BFloat16> weightOperands, ArrayView<BFloat16> teacherOperands)
    {
        public void Step<TVector>(long at, float clip, Tensor tensor, Scalars scalars)
            where TVector : unmanaged, ICudaVector<TVector>
        {
            TVector vector = default, w = vector.Load(weights, at);
            if (tensor.Updates != 0)
            {
                TVector g = vector.Load(gradients, at).Times(vector.All(clip));
                TVector m = vector.All(scalars.Beta1).Times(vector.Load(means, at)).Plus(vector.All(scalars.Rest1).Times(g));
                TVector v = vector.All(scalars.Beta2).Times(vector.Load(variances, at)).Plus(vector.All(scalars.Rest2).Times(g).Times(g));
                TVector deviation = v.Map(default(SquareRoot)).Times(vector.All(tensor.VarianceScale)).Plus(vector.All(scalars.Epsilon));
                w = w.Times(vector.All(tensor.Decay)).Minus(vector.All(tensor.StepSize).Times(m).Over(deviation));
                m.Store(means, at);
                v.Store(variances, at);
                w.Store(weights, at);
            }

            TVector teacher = vector.All(scalars.Momentum).Times(vector.Load(teachers, at)).Plus(vector.All(scalars.Follow).Times(w));
            teacher.Store(teachers, at);
            if (weightOperands.Length > 0)
            {
                w.Store(weightOperands, at);
                teacher.Store(teacherOperands, at);
            }
        }
    }

    private readonly struct SquareRoot : ICudaFunction
    {
        public float Of(float value) => MathF.Sqrt(value);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Scalars(float Beta1, float Rest1, float Beta2, float Rest2, float Epsilon, float ClipNorm,
        float Momentum, float Follow);
}
