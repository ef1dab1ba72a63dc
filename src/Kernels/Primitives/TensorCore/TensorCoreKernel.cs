namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>A product's kernel with the one that adds up its parts; both take shape, partial sums, and the same further
/// arguments.</summary>
internal sealed class TensorCoreKernel
{
    private readonly CudaDevice _device;
    private readonly CudaKernel _product, _sum;
    private readonly int _groupSize = TensorCoreProduct.GroupSize, _sharedBytes = TensorCoreProduct.SharedBytes;

    /// <param name="product">The kernel of <see cref="TensorCoreProduct"/>.</param>
    /// <param name="sum">The kernel that adds up parts, of either.</param>
    /// <param name="byWarpgroups">The kernel of <see cref="WarpgroupProduct"/>, if there is one: it is taken where the card has
    /// wgmma.</param>
    public TensorCoreKernel(CudaDevice device, Delegate product, Delegate sum, Delegate? byWarpgroups = null)
    {
        _device = device;
        if (byWarpgroups is not null && device.HasWarpgroupProducts)
        {
            (product, _groupSize, _sharedBytes) = (byWarpgroups, WarpgroupProduct.GroupSize, WarpgroupProduct.SharedBytes);
        }

        (_product, _sum) = (device.Kernel(product), device.Kernel(sum));
    }

    public IReadOnlyList<CudaKernel> Kernels => [_product, _sum];

    public void Launch(ProductShape shape, params ReadOnlySpan<KernelArgument> arguments)
    {
        bool isCut = shape.Parts > 1;
        DeviceSpan partials = isCut ? _device.Scratch(shape.PartialLength, "parts of a product") : default;
        Span<KernelArgument> all = new KernelArgument[arguments.Length + 2];
        all[0] = KernelArgument.Of(shape);
        all[1] = partials;
        arguments.CopyTo(all[2..]);
        _product.LaunchShared(shape.Grid, _groupSize, _sharedBytes, all);
        if (isCut)
        {
            _sum.Launch(shape.SumGroups, TensorCoreProduct.SumGroupSize, all);
        }
    }
}
