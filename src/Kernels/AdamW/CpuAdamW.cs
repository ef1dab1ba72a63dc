using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.AdamW;

/// <summary>
/// Two sweeps: the gradients for their norms, then all five buffers at once. Tensors are cut into blocks, so that a large one is
/// shared out and a block's sums stay short.
/// </summary>
internal sealed unsafe class CpuAdamW(CpuThreads threads) : AdamWKernels
{
    private const int BlockLength = 16384;

    private readonly List<Block> _blocks = [];

    public override void Step(DeviceSpan norms, in AdamWBuffers buffers, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        float* weights = buffers.Weights.Floats(), gradients = buffers.Gradients.Floats(), means = buffers.Mean.Floats();
        float* variances = buffers.Variance.Floats(), teachers = buffers.Teacher.Floats(), norm = norms.Floats();
        AdamWSettings scalars = settings;
        Cut(segments, scalars);
        double* sums = (double*)threads.Scratch(2L * _blocks.Count);
        WorkParts parts = new(_blocks.Count, BlockLength);
        threads.Run(parts.Count, part =>
        {
            for (int block = parts.Start(part); block < parts.End(part); block++)
            {
                float* gradient = gradients + _blocks[block].Offset;
                sums[block] = VectorRow.Dot(gradient, gradient, _blocks[block].Length);
            }
        });

        Norms(norm, sums, segments.Length);
        threads.Run(parts.Count, part =>
        {
            for (int at = parts.Start(part); at < parts.End(part); at++)
            {
                Block block = _blocks[at];
                if (!float.IsFinite(norm[block.Segment]))
                {
                    continue;
                }

                long offset = block.Offset;
                if (block.Updates)
                {
                    float clip = (float)Math.Min(1, scalars.ClipNorm / (norm[block.Segment] + 1e-6));
                    Update(weights + offset, gradients + offset, means + offset, variances + offset, teachers + offset, block, clip,
                        scalars);
                }
                else
                {
                    VectorRow.Mix(
                        teachers + offset, weights + offset, (float)scalars.TeacherMomentum, (float)(1 - scalars.TeacherMomentum),
                        block.Length);
                }
            }
        });
    }

    private void Cut(ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        _blocks.Clear();
        for (int index = 0; index < segments.Length; index++)
        {
            AdamWSegment segment = segments[index];
            float decay = segment.WeightDecay ? (float)(1 - (settings.LearningRate * settings.WeightDecay)) : 1;
            float stepSize = (float)(settings.LearningRate / (1 - Math.Pow(settings.Beta1, segment.Step)));
            float varianceScale = (float)(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, segment.Step)));
            for (int start = 0; start < segment.Length; start += BlockLength)
            {
                int length = Math.Min(BlockLength, segment.Length - start);
                _blocks.Add(new(index, segment.Offset + start, length, segment.Step > 0, decay, stepSize, varianceScale));
            }
        }
    }

    private void Norms(float* norms, double* squareSums, int segments)
    {
        int block = 0;
        for (int segment = 0; segment < segments; segment++)
        {
            double sum = 0;
            for (; block < _blocks.Count && _blocks[block].Segment == segment; block++)
            {
                sum += squareSums[block];
            }

            norms[segment] = (float)Math.Sqrt(sum);
        }
    }

    private static void Update(float* weight, float* gradient, float* mean, float* variance, float* teacher, Block block, float clip,
        in AdamWSettings settings)
    {
        Rule rule = new(block, clip, settings);
        int i = 0;
        for (; i <= block.Length - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> m = Vector512.Load(mean + i), v = Vector512.Load(variance + i), w = Vector512.Load(weight + i),
                t = Vector512.Load(teacher + i);
            rule.Apply(ref w, ref m, ref v, ref t, Vector512.Load(gradient + i));
            Vector512.Store(m, mean + i);
            Vector512.Store(v, variance + i);
            Vector512.Store(w, weight + i);
            Vector512.Store(t, teacher + i);
        }

        if (i < block.Length)
        {
            int rest = block.Length - i;
            Vector512<float> m = VectorRow.LoadTail(mean + i, rest), v = VectorRow.LoadTail(variance + i, rest);
            Vector512<float> w = VectorRow.LoadTail(weight + i, rest), t = VectorRow.LoadTail(teacher + i, rest);
            rule.Apply(ref w, ref m, ref v, ref t, VectorRow.LoadTail(gradient + i, rest));
            VectorRow.StoreTail(m, mean + i, rest);
            VectorRow.StoreTail(v, variance + i, rest);
            VectorRow.StoreTail(w, weight + i, rest);
            VectorRow.StoreTail(t, teacher + i, rest);
        }
    }

    /// <summary>A run of one tensor's elements and what its step count makes of the settings.</summary>
    private readonly record struct Block(int Segment, long Offset, int Length, bool Updates, float Decay, float StepSize,
        float VarianceScale);

    /// <summary>The contract's formulas on a vector of elements.</summary>
    private readonly struct Rule(Block block, float clip, in AdamWSettings settings)
    {
        private readonly Vector512<float> _clip = Vector512.Create(clip);
        private readonly Vector512<float> _decay = Vector512.Create(block.Decay);
        private readonly Vector512<float> _stepSize = Vector512.Create(block.StepSize);
        private readonly Vector512<float> _varianceScale = Vector512.Create(block.VarianceScale);
        private readonly Vector512<float> _beta1 = Vector512.Create((float)settings.Beta1);
        private readonly Vector512<float> _rest1 = Vector512.Create((float)(1 - settings.Beta1));
        private readonly Vector512<float> _beta2 = Vector512.Create((float)settings.Beta2);
        private readonly Vector512<float> _rest2 = Vector512.Create((float)(1 - settings.Beta2));
        private readonly Vector512<float> _epsilon = Vector512.Create((float)settings.Epsilon);
        private readonly Vector512<float> _momentum = Vector512.Create((float)settings.TeacherMomentum);
        private readonly Vector512<float> _follow = Vector512.Create((float)(1 - settings.TeacherMomentum));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector512<float> w, ref Vector512<float> m, ref Vector512<float> v, ref Vector512<float> t,
            Vector512<float> g)
        {
            g *= _clip;
            m = (_beta1 * m) + (_rest1 * g);
            v = (_beta2 * v) + (_rest2 * g * g);
            w = (w * _decay) - (_stepSize * m / ((Vector512.Sqrt(v) * _varianceScale) + _epsilon));
            t = (_momentum * t) + (_follow * w);
        }
    }
}
