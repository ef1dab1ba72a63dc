namespace DoRA.Kernels.Sinkhorn;

/// <summary>Sizes of a batch of transport plans.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Patches">n.</param>
/// <param name="Objects">k.</param>
public readonly record struct SinkhornSize(int Batch, int Patches, int Objects);

/// <summary>
/// Sinkhorn-Knopp: shares the patches out among the objects. <c>E = exp(S/ε − max(S/ε))ᵀ</c>, divided by its total; then, so many
/// times, each object's row is scaled to sum 1/k and each patch's column to sum 1/n; at last everything times n, so that a
/// patch's shares sum to 1. Infinities in E become that image's largest finite value. All iterations are one call.
/// </summary>
public abstract class SinkhornKernels
{
    /// <summary>similarity S and assignment are [batch, n, k], float32.</summary>
    public abstract void Forward(DeviceSpan assignment, DeviceSpan similarity, SinkhornSize size, float epsilon, int iterations);

    /// <summary>The same from given exponentials E, [batch, k, n], which may hold infinities; they are left as they were.</summary>
    public abstract void Iterate(DeviceSpan assignment, DeviceSpan exponentials, SinkhornSize size, int iterations);
}
