namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>A product's kernel with the one that adds up its parts; both take shape, partial sums, and the same further
/// arguments.</summary>
internal sealed class TensorCoreKernel(CudaDevice device, Delegate product, Delegate sum)
{
    private readonly CudaKernel _product = device.Kernel(product), _sum = device.Kernel(sum);

    public IReadOnlyList<CudaKernel> Kernels => [_product, _sum];

    public void Launch(ProductShape shape, params ReadOnlySpan<KernelArgument> arguments)
    {
        bool isCut = shape.Parts > 1;
        DeviceSpan partials = isCut ? device.Scratch(shape.PartialLength, "parts of a product") : default;
        Span<KernelArgument> all = new KernelArgument[arguments.Length + 2];
        all[0] = KernelArgument.Of(shape);
        all[1] = partials;
        arguments.CopyTo(all[2..]);
        _product.LaunchShared(shape.Grid, TensorCoreProduct.GroupSize, TensorCoreProduct.SharedBytes, all);
        if (isCut)
        {
            _sum.Launch(shape.SumGroups, TensorCoreProduct.SumGroupSize, all);
        }
    }
}
