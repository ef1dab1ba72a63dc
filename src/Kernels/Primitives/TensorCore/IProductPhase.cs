using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>What a kernel does with its sides and its target, so that all kernels of a product are one method.</summary>
internal interface IProductPhase
{
    void Run<TLeft, TRight, TScale, TTarget>(TLeft left, TRight right, TScale scale, TTarget target, ProductShape shape,
        ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
        where TTarget : struct, IProductTarget;
}

/// <summary>Tiles of the product, or of its parts.</summary>
internal readonly struct Multiply : IProductPhase
{
    public void Run<TLeft, TRight, TScale, TTarget>(TLeft left, TRight right, TScale scale, TTarget target, ProductShape shape,
        ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
        where TTarget : struct, IProductTarget => TensorCoreProduct.Run(left, right, scale, target, shape, partials);
}

/// <summary>The same by wgmma, without factors along k.</summary>
internal readonly struct MultiplyByWarpgroups : IProductPhase
{
    public void Run<TLeft, TRight, TScale, TTarget>(TLeft left, TRight right, TScale scale, TTarget target, ProductShape shape,
        ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
        where TTarget : struct, IProductTarget => WarpgroupProduct.Run(left, right, target, shape, partials);
}

/// <summary>The parts' sum.</summary>
internal readonly struct SumParts : IProductPhase
{
    public void Run<TLeft, TRight, TScale, TTarget>(TLeft left, TRight right, TScale scale, TTarget target, ProductShape shape,
        ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
        where TTarget : struct, IProductTarget => TensorCoreProduct.Sum(target, shape, partials);
}
