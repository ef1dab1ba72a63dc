using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.TokenAssembly;

/// <summary>
/// Both ways one pass. Backward goes token position by token position, so that the gradients of the position table and of the
/// embeddings are sums over views which one thread makes alone; only the bias is summed from partial sums.
/// </summary>
internal sealed unsafe class CpuTokenAssembly(CpuThreads threads) : TokenAssemblyKernels
{
    public override void Forward(DeviceSpan tokens, DeviceSpan embeddings, DeviceSpan masks, DeviceSpan patchBias, DeviceSpan clsToken,
        DeviceSpan position, TokenAssemblySize size)
    {
        float* output = tokens.Floats(), embedded = embeddings.Floats(), mask = masks.FloatsOrNull(), cls = clsToken.Floats(),
            place = position.Floats();
        float* bias = mask is null ? null : patchBias.Floats();
        int width = size.Embedding;
        WorkParts parts = new(size.Views, (long)size.Tokens * width);
        threads.Run(parts.Count, part =>
        {
            for (int view = parts.Start(part); view < parts.End(part); view++)
            {
                float* to = output + ((long)view * size.Tokens * width),
                    from = embedded + ((long)(view / size.ViewsPerFrame) * size.Patches * width);
                Sum(to, cls, place, width);
                for (int patch = 0; patch < size.Patches; patch++)
                {
                    long at = (long)patch * width;
                    if (mask is null)
                    {
                        Sum(to + width + at, from + at, place + width + at, width);
                    }
                    else
                    {
                        Blend(to + width + at, from + at, bias, place + width + at, mask[((long)view * size.Patches) + patch], width);
                    }
                }
            }
        });
    }

    public override void Backward(DeviceSpan dEmbeddings, DeviceSpan dPatchBias, DeviceSpan dClsToken, DeviceSpan dPosition,
        DeviceSpan dTokens, DeviceSpan masks, TokenAssemblySize size, bool accumulate)
    {
        float* dEmbedded = dEmbeddings.Floats(), dCls = dClsToken.Floats(), dPlace = dPosition.Floats(), gradient = dTokens.Floats(),
            mask = masks.FloatsOrNull();
        int width = size.Embedding;
        WorkParts parts = new(size.Tokens, (long)size.Views * width);
        float* sums = threads.Scratch((parts.Count + 1L) * width);
        float* clsSum = sums + ((long)parts.Count * width);
        threads.Run(parts.Count, part =>
        {
            (int first, int end) = (parts.Start(part), parts.End(part));
            float* biasSum = sums + ((long)part * width);
            VectorRow.Clear(biasSum, width);
            if (first == 0)
            {
                ClsGradient(clsSum, gradient, size);
                Put(dPlace, clsSum, width, accumulate);
                first = 1;
            }

            if (!accumulate)
            {
                VectorRow.Clear(dPlace + ((long)first * width), (long)(end - first) * width);
            }

            // Frames outside, so that a part's neighbouring tokens are read as one run.
            for (int frame = 0; frame < size.Frames; frame++)
            {
                long firstView = (long)frame * size.ViewsPerFrame;
                for (int token = first; token < end; token++)
                {
                    PatchGradient(
                        dEmbedded + ((((long)frame * size.Patches) + token - 1) * width),
                        dPlace + ((long)token * width),
                        biasSum,
                        gradient + (((firstView * size.Tokens) + token) * width),
                        mask is null ? null : mask + (firstView * size.Patches) + token - 1,
                        size);
                }
            }
        });

        Put(dCls, clsSum, width, accumulate);
        if (mask is null)
        {
            return;
        }

        for (int part = 1; part < parts.Count; part++)
        {
            VectorRow.Add(sums, sums + ((long)part * width), width);
        }

        Put(dPatchBias.Floats(), sums, width, accumulate);
    }

    /// <summary>The sum of all views' CLS tokens.</summary>
    private static void ClsGradient(float* sum, float* gradient, TokenAssemblySize size)
    {
        VectorRow.Clear(sum, size.Embedding);
        for (int view = 0; view < size.Views; view++)
        {
            VectorRow.Add(sum, gradient + ((long)view * size.Tokens * size.Embedding), size.Embedding);
        }
    }

    /// <summary>One patch of one frame in all its views: a sweep over the columns with the sums in registers.</summary>
    private static void PatchGradient(float* dEmbedded, float* dPlace, float* dBias, float* gradient, float* mask, TokenAssemblySize size)
    {
        int width = size.Embedding, column = 0;
        long nextView = (long)size.Tokens * width;
        for (; column <= width - VectorRow.Lanes; column += VectorRow.Lanes)
        {
            Vector512<float> seen = default, all = default;
            for (int view = 0; view < size.ViewsPerFrame; view++)
            {
                Vector512<float> value = Vector512.Load(gradient + (view * nextView) + column);
                all += value;
                seen += mask is null ? value : value * mask[(long)view * size.Patches];
            }

            Vector512.Store(seen, dEmbedded + column);
            Vector512.Store(Vector512.Load(dPlace + column) + all, dPlace + column);
            if (mask is not null)
            {
                Vector512.Store(Vector512.Load(dBias + column) + (all - seen), dBias + column);
            }
        }

        for (; column < width; column++)
        {
            float seen = 0, all = 0;
            for (int view = 0; view < size.ViewsPerFrame; view++)
            {
                float value = gradient[(view * nextView) + column];
                all += value;
                seen += mask is null ? value : value * mask[(long)view * size.Patches];
            }

            dEmbedded[column] = seen;
            dPlace[column] += all;
            dBias[column] += all - seen;
        }
    }

    private static void Put(float* destination, float* sum, int width, bool accumulate)
    {
        if (accumulate)
        {
            VectorRow.Add(destination, sum, width);
        }
        else
        {
            VectorRow.Copy(destination, sum, width);
        }
    }

    private static void Sum(float* y, float* a, float* b, int width)
    {
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512.Store(Vector512.Load(a + i) + Vector512.Load(b + i), y + i);
        }

        if (i < width)
        {
            VectorRow.StoreTail(VectorRow.LoadTail(a + i, width - i) + VectorRow.LoadTail(b + i, width - i), y + i, width - i);
        }
    }

    /// <summary><c>m E + (1 − m) b + position</c>, which is E or b to the last bit where m is 1 or 0.</summary>
    private static void Blend(float* y, float* embedded, float* bias, float* place, float mask, int width)
    {
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512.Store(Value(Vector512.Load(embedded + i), Vector512.Load(bias + i), mask) + Vector512.Load(place + i), y + i);
        }

        if (i < width)
        {
            int rest = width - i;
            Vector512<float> value = Value(VectorRow.LoadTail(embedded + i, rest), VectorRow.LoadTail(bias + i, rest), mask);
            VectorRow.StoreTail(value + VectorRow.LoadTail(place + i, rest), y + i, rest);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Value(Vector512<float> embedded, Vector512<float> bias, float mask) =>
            (embedded * mask) + (bias * (1 - mask));
    }
}
