using DoRA.Kernels;
using DoRA.Kernels.Attention;
using DoRA.Kernels.PatchEmbedding;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Tests.Cuda;
using DoRA.Kernels.TokenAssembly;
using DoRA.Pipeline.Doctor;
using static DoRA.Perf.Fusion.FusionKernels;

namespace DoRA.Perf.Fusion;

/// <summary>From pixels to tokens, attention and layer norm: two images of 224 pixels in ViT-small.</summary>
internal static class TokenFusions
{
    private const int Images = 2, Tokens = 197, Width = 384, Heads = 6, HeadDim = 64, Rows = Images * Tokens, Views = 3;
    private const float Epsilon = 1e-6f;

    private static readonly AttentionSize Size = new(Images, Tokens, Tokens, Heads, HeadDim);

    private static readonly PatchEmbeddingSize Frames = new(Images, 224, 224, 16, Width);

    /// <summary>A head of the packed rows, of its transpose, and of a row of one tensor.</summary>
    private static readonly BatchLayout Packed = new(Tokens * 3 * Width, HeadDim, 3 * Width, 1), PackedTransposed = new(Tokens * 3 * Width, HeadDim, 1, 3 * Width),
        Plain = new(Tokens * Width, HeadDim, Width, 1), PlainTransposed = new(Tokens * Width, HeadDim, 1, Width),
        Square = new(Heads * Tokens * Tokens, Tokens * Tokens, Tokens, 1), SquareTransposed = new(Heads * Tokens * Tokens, Tokens * Tokens, 1, Tokens);

    public static IEnumerable<FusionCase> All =>
    [
        new("patch embedding", $"{Images}×3×224×224→{Width}", Patches), new("masks in the token assembly", $"{Images} frames, {Views} views each", Masks),
        new("attention, forward", $"{Images}×{Heads}×{Tokens}×{HeadDim}", Attention), new("attention, backward", $"{Images}×{Heads}×{Tokens}×{HeadDim}", AttentionBackward),
        new("layer norm, forward", $"{Rows}×{Width}", Norm), new("layer norm, backward, residual's gradient", $"{Rows}×{Width}", NormBackward),
    ];

    private static FusionWork Patches(FusionBench bench)
    {
        (DeviceSpan images, DeviceSpan w, DeviceSpan bias) = Embedding(bench);
        int rows = Images * Frames.Patches;
        DeviceSpan y = bench.Memory.EmptyActivations((long)rows * Width), chained = bench.Memory.EmptyActivations(y.Length),
            unfolded = bench.Memory.EmptyActivations((long)rows * Frames.Inputs);
        return new(
            () => bench.Kernels.PatchEmbedding.Forward(y, images, w, bias, Frames),
            () =>
            {
                bench.Each(Unfold, unfolded.Length, unfolded, images, KernelArgument.Of(Frames));
                bench.Kernels.Linear.Forward(chained, new(unfolded, Frames.Inputs), w, new(rows, Frames.Inputs, Width), default);
                bench.Each(AddBias, chained.Length, chained, bias);
            },
            y, chained);
    }

    private static FusionWork Masks(FusionBench bench)
    {
        (DeviceSpan images, DeviceSpan w, DeviceSpan bias) = Embedding(bench);
        TokenAssemblySize masked = new(Images, Views, Frames.Patches, Width), copied = new(Images * Views, 1, Frames.Patches, Width);
        DeviceSpan masks = bench.Memory.Floats([.. Enumerable.Range(0, masked.Views * Frames.Patches).Select(i => i / 3 % 2)]),
            cls = bench.Memory.Floats(CheckNumbers.Uniform(13, Width)), position = bench.Memory.Floats(CheckNumbers.Uniform(14, (long)Tokens * Width));
        DeviceSpan tokens = bench.Memory.EmptyActivations((long)masked.Views * Tokens * Width), chained = bench.Memory.EmptyActivations(tokens.Length),
            embedded = bench.Memory.EmptyActivations((long)Images * Frames.Patches * Width), copies = bench.Memory.EmptyFloats(Views * images.Length),
            embeddedCopies = bench.Memory.EmptyActivations(Views * embedded.Length);
        return new(
            () =>
            {
                bench.Kernels.PatchEmbedding.Forward(embedded, images, w, bias, Frames);
                bench.Kernels.TokenAssembly.Forward(tokens, embedded, masks, bias, cls, position, masked);
            },
            () =>
            {
                bench.Each(MaskPixels, copies.Length, copies, images, masks, KernelArgument.Of(Frames), Views);
                bench.Kernels.PatchEmbedding.Forward(embeddedCopies, copies, w, bias, Frames with { Images = Images * Views });
                bench.Kernels.TokenAssembly.Forward(chained, embeddedCopies, default, default, cls, position, copied);
            },
            tokens, chained);
    }

    private static FusionWork Attention(FusionBench bench)
    {
        DeviceSpan qkv = bench.Memory.Activations(CheckNumbers.Uniform(11, 3L * Rows * Width, 2)), output = bench.Memory.EmptyActivations((long)Rows * Width),
            chained = bench.Memory.EmptyActivations(output.Length), sums = bench.Memory.EmptyFloats(Rows * Heads), p = Squares(bench);
        return new(
            () => bench.Kernels.Attention.Forward(output, sums, default, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size),
            () => Chain(bench, chained, p, qkv),
            output, chained);
    }

    private static FusionWork AttentionBackward(FusionBench bench)
    {
        DeviceSpan qkv = bench.Memory.Activations(CheckNumbers.Uniform(11, 3L * Rows * Width, 2)), output = bench.Memory.EmptyActivations((long)Rows * Width),
            dOutput = bench.Memory.Activations(CheckNumbers.Uniform(12, output.Length)), sums = bench.Memory.EmptyFloats(Rows * Heads), p = Squares(bench),
            dP = Squares(bench), dQkv = bench.Memory.EmptyActivations(qkv.Length), chained = bench.Memory.EmptyActivations(qkv.Length);
        bench.Kernels.Attention.Forward(output, sums, default, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size);
        DeviceSpan other = bench.Memory.EmptyActivations(output.Length);
        Chain(bench, other, p, qkv);
        return new(
            () => bench.Kernels.Attention.Backward(
                Part(dQkv, 0), Part(dQkv, 1), Part(dQkv, 2), dOutput, output, sums, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size),
            () =>
            {
                Multiply(bench, Slice(chained, 2), p, dOutput, Packed, SquareTransposed, Plain, Tokens, HeadDim, Tokens, 1);
                Multiply(bench, dP, dOutput, Slice(qkv, 2), Square, Plain, PackedTransposed, Tokens, Tokens, HeadDim, 1);
                bench.Rows(LadderKernels.SoftmaxGradient<BFloat16>, Images * Heads * Tokens, dP, p, Tokens);
                Multiply(bench, Slice(chained, 0), dP, Slice(qkv, 1), Packed, Square, Packed, Tokens, HeadDim, Tokens, Size.Scale);
                Multiply(bench, Slice(chained, 1), dP, Slice(qkv, 0), Packed, SquareTransposed, Packed, Tokens, HeadDim, Tokens, Size.Scale);
            },
            dQkv, chained);
    }

    private static FusionWork Norm(FusionBench bench)
    {
        DeviceSpan x = bench.Memory.Activations(CheckNumbers.Uniform(25, (long)Rows * Width)), y = bench.Memory.EmptyActivations(x.Length),
            chained = bench.Memory.EmptyActivations(x.Length), mean = bench.Memory.EmptyFloats(Rows), other = bench.Memory.EmptyFloats(Rows),
            weight = bench.Memory.Floats(CheckNumbers.Uniform(26, Width)), bias = bench.Memory.Floats(CheckNumbers.Uniform(27, Width));
        return new(
            () => bench.Kernels.LayerNorm.Forward(y, mean, other, x, weight, bias, Rows, Width, Epsilon),
            () =>
            {
                bench.Rows(RowMean, Rows, mean, x, default(DeviceSpan), Width);
                bench.Rows(RowMean, Rows, other, x, mean, Width);
                bench.Each(Normalize, x.Length, chained, x, mean, other, Epsilon, Width);
                bench.Each(ScaleAndShift, x.Length, chained, weight, bias);
            },
            y, chained);
    }

    private static FusionWork NormBackward(FusionBench bench)
    {
        DeviceSpan x = bench.Memory.Activations(CheckNumbers.Uniform(25, (long)Rows * Width)), dY = bench.Memory.Activations(CheckNumbers.Uniform(28, x.Length)),
            stream = bench.Memory.Activations(CheckNumbers.Uniform(29, x.Length)), chained = bench.Memory.Activations(CheckNumbers.Uniform(29, x.Length)),
            normal = bench.Memory.EmptyActivations(x.Length), g = bench.Memory.EmptyActivations(x.Length), product = bench.Memory.EmptyActivations(x.Length);
        DeviceSpan mean = bench.Memory.EmptyFloats(Rows), rstd = bench.Memory.EmptyFloats(Rows), variance = bench.Memory.EmptyFloats(Rows),
            meanG = bench.Memory.EmptyFloats(Rows), meanGX = bench.Memory.EmptyFloats(Rows), dWeight = bench.Memory.EmptyFloats(Width),
            dBias = bench.Memory.EmptyFloats(Width), weight = bench.Memory.Floats(CheckNumbers.Uniform(26, Width));
        bench.Kernels.LayerNorm.Forward(product, mean, rstd, x, weight, weight, Rows, Width, Epsilon);
        bench.Rows(RowMean, Rows, variance, x, mean, Width);

        // A framework keeps x̂ from the forward pass.
        bench.Each(Normalize, x.Length, normal, x, mean, variance, Epsilon, Width);
        return new(
            () => bench.Kernels.LayerNorm.Backward(
                stream, dWeight, dBias, dY, x, mean, rstd, weight, Rows, Width, accumulateInput: true, accumulateWeights: false),
            () =>
            {
                bench.Each(MultiplyRows, x.Length, g, dY, weight);
                bench.Rows(RowMean, Rows, meanG, g, default(DeviceSpan), Width);
                bench.Each(FusionKernels.Multiply, x.Length, product, g, normal);
                bench.Rows(RowMean, Rows, meanGX, product, default(DeviceSpan), Width);
                bench.Each(NormGradient, x.Length, g, normal, meanG, meanGX, variance, Epsilon, Width);
                bench.Each(Add, x.Length, chained, g);
                bench.Each(FusionKernels.Multiply, x.Length, product, dY, normal);
                bench.Each(ColumnSums, Width, dWeight, product, Rows);
                bench.Each(ColumnSums, Width, dBias, dY, Rows);
            },
            stream, chained);
    }

    /// <summary>Scores, softmax, and the weighted sum of values.</summary>
    private static void Chain(FusionBench bench, DeviceSpan output, DeviceSpan p, DeviceSpan qkv)
    {
        Multiply(bench, p, Slice(qkv, 0), Slice(qkv, 1), Square, Packed, PackedTransposed, Tokens, Tokens, HeadDim, Size.Scale);
        bench.Rows(Softmax, Images * Heads * Tokens, p, Tokens);
        Multiply(bench, output, p, Slice(qkv, 2), Plain, Square, Packed, Tokens, HeadDim, Tokens, 1);
    }

    private static void Multiply(FusionBench bench, DeviceSpan c, DeviceSpan a, DeviceSpan b, BatchLayout layoutC, BatchLayout layoutA, BatchLayout layoutB,
        int rows, int columns, int depth, float factor) => bench.Kernel(Product).Launch(
            CudaDevice.Groups((long)Images * Heads * rows * columns), CudaDevice.GroupSize, c, a, b, KernelArgument.Of(layoutC), KernelArgument.Of(layoutA),
            KernelArgument.Of(layoutB), KernelArgument.Of(new BatchShape(Images, Heads, rows, columns, depth, factor)));

    private static (DeviceSpan Images, DeviceSpan Weight, DeviceSpan Bias) Embedding(FusionBench bench) => (
        bench.Memory.Floats(CheckNumbers.Uniform(5, 3L * Images * Frames.Height * Frames.Width)),
        bench.Memory.Weights(CheckNumbers.Uniform(6, (long)Width * Frames.Inputs, 0.1f)), bench.Memory.Floats(CheckNumbers.Uniform(7, Width)));

    private static DeviceSpan Squares(FusionBench bench) => bench.Memory.EmptyActivations((long)Images * Heads * Tokens * Tokens);

    private static RowSpan Part(DeviceSpan packed, int index) => new(Slice(packed, index), 3 * Width);

    private static DeviceSpan Slice(DeviceSpan packed, int index) => packed.Slice(index * Width);
}
