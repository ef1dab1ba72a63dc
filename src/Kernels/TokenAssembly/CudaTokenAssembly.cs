using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.TokenAssembly;

/// <summary>
/// Forward: a thread a vector of one view. Backward: a thread a vector of one token position, which sums over the views of a run of frames
/// alone, so that dTokens is read once; further kernels add up the runs' sums, and the bias's over positions.
/// </summary>
internal sealed class CudaTokenAssembly(CudaDevice device) : TokenAssemblyKernels
{
    /// <summary>Views of a run of frames: enough to outweigh its partial sums, few enough to fill a card with runs.</summary>
    private const int ViewsPerRun = 16;

    private readonly CudaRowKernel
        _forward = new(device, Assemble<Float32, Float4>, Assemble<Float32, Float1>, Assemble<BFloat16, Float4>, Assemble<BFloat16, Float1>),
        _backward = new(device, Gradients<Float32, Float4>, Gradients<Float32, Float1>, Gradients<BFloat16, Float4>, Gradients<BFloat16, Float1>);

    private readonly CudaKernel _combine = device.Kernel(Combine), _bias = device.Kernel(BiasGradient);

    public override void Forward(DeviceSpan tokens, DeviceSpan embeddings, DeviceSpan masks, DeviceSpan patchBias, DeviceSpan clsToken,
        DeviceSpan position, TokenAssemblySize size)
    {
        (CudaKernel kernel, int elements) = _forward.For(size.Embedding, tokens, embeddings, patchBias, clsToken, position);
        kernel.Launch((CudaDevice.Groups((long)size.Tokens * size.Embedding / elements), size.Views), CudaDevice.GroupSize, tokens,
            embeddings, masks, patchBias, clsToken, position, KernelArgument.Of(size));
    }

    public override void Backward(DeviceSpan dEmbeddings, DeviceSpan dPatchBias, DeviceSpan dClsToken, DeviceSpan dPosition,
        DeviceSpan dTokens, DeviceSpan masks, TokenAssemblySize size, bool accumulate)
    {
        int runs = Math.Clamp(size.Views / ViewsPerRun, 1, size.Frames), length = size.Tokens * size.Embedding,
            patchesLength = size.Patches * size.Embedding;
        DeviceSpan scratch = device.Scratch((long)runs * (length + patchesLength)), sums = scratch.Slice(0, (long)runs * length),
            outside = masks.IsEmpty ? default : scratch.Slice((long)runs * length);
        (CudaKernel kernel, int elements) = _backward.For(size.Embedding, dEmbeddings, dTokens);
        kernel.Launch((CudaDevice.Groups(length / elements), runs), CudaDevice.GroupSize, dEmbeddings, sums, outside, dTokens, masks,
            KernelArgument.Of(size));
        _combine.Launch(CudaDevice.Groups(length), CudaDevice.GroupSize, dClsToken, dPosition, sums, runs, length, size.Embedding, accumulate);
        if (!masks.IsEmpty)
        {
            _bias.Launch(CudaSlices.Groups(size.Embedding, 1), CudaSlices.GroupSize, dPatchBias, outside, runs * size.Patches, size.Embedding,
                accumulate);
        }
    }

    /// <summary>Grid: groups of a view's elements × views.</summary>
    private static void Assemble<T, TVector>(ArrayView<T> tokens, ArrayView<T> embeddings, ArrayView<float> masks,
        ArrayView<Float32> patchBias, ArrayView<Float32> clsToken, ArrayView<Float32> position, TokenAssemblySize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int i = Grid.GlobalIndex.X * vector.Length, view = Grid.IdxY, width = size.Embedding;
        if (i >= size.Tokens * width)
        {
            return;
        }

        int token = i / width, column = i % width;
        TVector value;
        if (token == 0)
        {
            value = vector.Load(clsToken, column);
        }
        else
        {
            int patch = token - 1;
            value = vector.Load(embeddings, ((((long)(view / size.ViewsPerFrame) * size.Patches) + patch) * width) + column);
            if (masks.Length > 0)
            {
                // E or b to the last bit where m is 1 or 0.
                float mask = masks[((long)view * size.Patches) + patch];
                value = value.Times(vector.All(mask)).Plus(vector.Load(patchBias, column).Times(vector.All(1 - mask)));
            }
        }

        value.Plus(vector.Load(position, i)).Store(tokens, ((long)view * size.Tokens * width) + i);
    }

    /// <summary>Grid: groups of a view's elements × runs of frames.</summary>
    /// <param name="sums">[runs, tokens, d], written: Σ dX over the run's views.</param>
    /// <param name="outside">[runs, n, d], written where there are masks: Σ (1 − m) dX.</param>
    private static void Gradients<T, TVector>(ArrayView<T> dEmbeddings, ArrayView<Float32> sums, ArrayView<Float32> outside,
        ArrayView<T> dTokens, ArrayView<float> masks, TokenAssemblySize size)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int i = Grid.GlobalIndex.X * vector.Length, run = Grid.IdxY, width = size.Embedding, length = size.Tokens * width;
        if (i >= length)
        {
            return;
        }

        int patch = (i / width) - 1, column = i % width;
        TVector everything = vector.All(0), hidden = vector.All(0);
        int lastFrame = (int)((long)(run + 1) * size.Frames / Grid.DimY);
        for (int frame = (int)((long)run * size.Frames / Grid.DimY); frame < lastFrame; frame++)
        {
            TVector all = vector.All(0), seen = vector.All(0);
            for (int view = frame * size.ViewsPerFrame; view < (frame + 1) * size.ViewsPerFrame; view++)
            {
                TVector value = vector.Load(dTokens, ((long)view * length) + i);
                float mask = masks.Length > 0 && patch >= 0 ? masks[((long)view * size.Patches) + patch] : 1f;
                all = all.Plus(value);
                seen = seen.Plus(value.Times(vector.All(mask)));
            }

            everything = everything.Plus(all);
            hidden = hidden.Plus(all.Minus(seen));
            if (patch >= 0)
            {
                seen.Store(dEmbeddings, ((((long)frame * size.Patches) + patch) * width) + column);
            }
        }

        everything.Store(sums, ((long)run * length) + i);
        if (patch >= 0 && masks.Length > 0)
        {
            hidden.Store(outside, ((((long)run * size.Patches) + patch) * width) + column);
        }
    }

    private static void Combine(ArrayView<float> dClsToken, ArrayView<float> dPosition, ArrayView<float> sums, int runs, int length, int width,
        int accumulate)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= length)
        {
            return;
        }

        float sum = 0;
        for (int run = 0; run < runs; run++)
        {
            sum += sums[((long)run * length) + i];
        }

        dPosition[i] = accumulate != 0 ? dPosition[i] + sum : sum;
        if (i < width)
        {
            dClsToken[i] = accumulate != 0 ? dClsToken[i] + sum : sum;
        }
    }

    private static void BiasGradient(ArrayView<float> dPatchBias, ArrayView<float> outside, int rows, int width, int accumulate)
    {
        int column = (Grid.IdxX * CudaWarp.Lanes) + Warp.LaneIdx;
        float sum = CudaSlices.ColumnSum(outside, rows, width, column);
        if (Group.IdxX < CudaWarp.Lanes && column < width)
        {
            dPatchBias[column] = accumulate != 0 ? dPatchBias[column] + sum : sum;
        }
    }
}
