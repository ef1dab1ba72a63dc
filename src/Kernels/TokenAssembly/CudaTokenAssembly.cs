using ILGPU;

namespace DoRA.Kernels.TokenAssembly;

/// <summary>
/// Forward: a thread an element. Backward: a thread a column of one token position, which sums over frames and views alone, so that
/// dTokens is read once; the bias is summed over positions by a second kernel.
/// </summary>
internal sealed class CudaTokenAssembly(CudaDevice device) : TokenAssemblyKernels
{
    private readonly CudaKernel _forward = device.Kernel(Assemble), _backward = device.Kernel(Gradients),
        _bias = device.Kernel(BiasGradient);

    public override void Forward(DeviceSpan tokens, DeviceSpan embeddings, DeviceSpan masks, DeviceSpan patchBias, DeviceSpan clsToken,
        DeviceSpan position, TokenAssemblySize size) =>
        _forward.Launch((CudaDevice.Groups((long)size.Tokens * size.Embedding), size.Views), CudaDevice.GroupSize, tokens, embeddings,
            masks, patchBias, clsToken, position, KernelArgument.Of(size));

    public override void Backward(DeviceSpan dEmbeddings, DeviceSpan dPatchBias, DeviceSpan dClsToken, DeviceSpan dPosition,
        DeviceSpan dTokens, DeviceSpan masks, TokenAssemblySize size, bool accumulate)
    {
        DeviceSpan biasSums = masks.IsEmpty ? default : device.Scratch((long)size.Patches * size.Embedding);
        _backward.Launch(CudaDevice.Groups((long)size.Tokens * size.Embedding), CudaDevice.GroupSize, dEmbeddings, biasSums, dClsToken,
            dPosition, dTokens, masks, KernelArgument.Of(size), accumulate);
        if (!masks.IsEmpty)
        {
            _bias.Launch(CudaDevice.Groups(size.Embedding), CudaDevice.GroupSize, dPatchBias, biasSums, size.Patches, size.Embedding,
                accumulate);
        }
    }

    /// <summary>Grid: groups of a view's elements × views.</summary>
    private static void Assemble(ArrayView<float> tokens, ArrayView<float> embeddings, ArrayView<float> masks, ArrayView<float> patchBias,
        ArrayView<float> clsToken, ArrayView<float> position, TokenAssemblySize size)
    {
        int i = Grid.GlobalIndex.X, view = Grid.IdxY, width = size.Embedding;
        if (i >= size.Tokens * width)
        {
            return;
        }

        int token = i / width, column = i % width;
        float value;
        if (token == 0)
        {
            value = clsToken[column];
        }
        else
        {
            int patch = token - 1;
            value = embeddings[((((long)(view / size.ViewsPerFrame) * size.Patches) + patch) * width) + column];
            if (masks.Length > 0)
            {
                // E or b to the last bit where m is 1 or 0.
                float mask = masks[((long)view * size.Patches) + patch];
                value = (value * mask) + (patchBias[column] * (1 - mask));
            }
        }

        tokens[((long)view * size.Tokens * width) + i] = value + position[i];
    }

    private static void Gradients(ArrayView<float> dEmbeddings, ArrayView<float> biasSums, ArrayView<float> dClsToken,
        ArrayView<float> dPosition, ArrayView<float> dTokens, ArrayView<float> masks, TokenAssemblySize size, int accumulate)
    {
        int i = Grid.GlobalIndex.X, width = size.Embedding;
        if (i >= size.Tokens * width)
        {
            return;
        }

        int patch = (i / width) - 1, column = i % width;
        float everything = 0, outside = 0;
        for (int frame = 0; frame < size.Frames; frame++)
        {
            float all = 0, seen = 0;
            for (int view = frame * size.ViewsPerFrame; view < (frame + 1) * size.ViewsPerFrame; view++)
            {
                float value = dTokens[((long)view * size.Tokens * width) + i];
                all += value;
                seen += masks.Length > 0 && patch >= 0 ? value * masks[((long)view * size.Patches) + patch] : value;
            }

            everything += all;
            outside += all - seen;
            if (patch >= 0)
            {
                dEmbeddings[((((long)frame * size.Patches) + patch) * width) + column] = seen;
            }
        }

        dPosition[i] = accumulate != 0 ? dPosition[i] + everything : everything;
        if (patch < 0)
        {
            dClsToken[column] = accumulate != 0 ? dClsToken[column] + everything : everything;
        }
        else if (masks.Length > 0)
        {
            biasSums[((long)patch * width) + column] = outside;
        }
    }

    private static void BiasGradient(ArrayView<float> dPatchBias, ArrayView<float> biasSums, int patches, int width, int accumulate)
    {
        int column = Grid.GlobalIndex.X;
        if (column >= width)
        {
            return;
        }

        float sum = 0;
        for (int patch = 0; patch < patches; patch++)
        {
            sum += biasSums[((long)patch * width) + column];
        }

        dPatchBias[column] = accumulate != 0 ? dPatchBias[column] + sum : sum;
    }
}
