using DoRA.Kernels;
using DoRA.Kernels.Linear;
using DoRA.Kernels.ObjectTracker;
using DoRA.Kernels.PatchEmbedding;

namespace DoRA.Perf;

/// <summary>Operations that only a large step has: sums cut into parts, plans too large for shared memory, gradients of several uses.</summary>
internal sealed class RareOperations(Device device) : IDisposable
{
    /// <summary>A number of k that a tensor-core product sums in two parts.</summary>
    private const int Deep = 1024;

    private readonly List<DeviceBuffer> _buffers = [];

    /// <param name="width">Of rows: whole vectors or odd ones.</param>
    /// <param name="patch">Side of a patch, whole vectors or odd.</param>
    public void Run(int width, int patch)
    {
        KernelCatalogue kernels = device.Kernels;
        int depth = Deep + width;
        kernels.Linear.Forward(Activations(8 * width), new(Activations(8 * depth), depth), Activations(width * depth), new(8, depth, width), default);
        kernels.Linear.BackwardInput(new(Activations(8 * width), width), Activations(8 * depth), Activations(width * depth), new(8, width, depth), default);
        foreach (DeviceSpan scale in new[] { default, Floats(depth) })
        {
            kernels.Linear.BackwardWeight(Floats(width * width), default, Activations(width * depth), new(Activations(width * depth), width),
                new(depth, width, width), new() { RowScale = scale, RowsPerScale = 1 });
        }

        PatchEmbeddingSize large = new(1, 24 / patch * patch, 24 / patch * patch, 24 / patch * patch, width), many = new(1, 32 * patch, 32 * patch, patch, width);
        kernels.PatchEmbedding.Forward(Activations(large.Patches * width), Floats(large.Inputs), Activations(large.Inputs * width), Floats(width), large);
        kernels.PatchEmbedding.Backward(
            Floats(width * many.Inputs), Floats(width), Activations(many.Patches * width), Floats(many.Patches * many.Inputs), many, false);
        kernels.ClsToken.Backward(Activations(2 * 5 * width), Activations(2 * width), 2, 5, width, accumulate: true);
        kernels.PositionEmbedding.Backward(Floats(5 * width), Floats(5 * width), new(2, 2, 2, width), accumulate: true);

        ObjectTrackerSize tracked = new(1, 1, 2, 40, width, 2);
        kernels.ObjectTracker.Similarity(Floats(40 * 2), Floats(40 * width), Floats(2 * width), Activations(41 * width), tracked);
        kernels.ObjectTracker.Refine(Floats(2 * width), Floats(40 * 2), Floats(40 * width), tracked);
        foreach (int patches in new[] { 40, 6200 })
        {
            kernels.Sinkhorn.Forward(Floats(patches), Floats(patches), new(1, patches, 1), 0.05f, 2);
        }

        device.Clear(Memory(width, ElementType.BFloat16));
        device.Copy(Memory(width, ElementType.BFloat16), Memory(width, ElementType.BFloat16));
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private DeviceSpan Activations(int length) => Memory(length, device.ActivationType);

    private DeviceSpan Floats(int length) => Memory(length, ElementType.Float32);

    private DeviceSpan Memory(int length, ElementType type)
    {
        DeviceSpan memory = device.Allocate(length, type);
        _buffers.Add(memory.Buffer);
        device.Clear(memory);
        return memory;
    }
}
