namespace DoRA.Kernels.Augment;

/// <summary>
/// Crops in one launch, a thread a pixel; views in two: the resize, tile by tile, and all that follows, a group a view. What was drawn
/// for the batch travels as one small table.
/// </summary>
internal sealed class CudaAugment(CudaDevice device) : AugmentKernels
{
    private readonly CudaKernel _crop = device.Kernel(CudaFrameCrop.Crop), _resize = device.Kernel(CudaResize.Resize),
        _finish = device.Kernel(CudaView.Finish);
    private CudaCut[] _cuts = [];
    private CudaRecipe[] _recipes = [];

    public override void CropFrames(DeviceSpan crops, DeviceSpan frames, ReadOnlySpan<FrameCut> cuts, PictureSize size)
    {
        AugmentBounds.Check(crops, frames, cuts, size);
        Span<CudaCut> rows = CpuScratch.Grow(ref _cuts, cuts.Length).AsSpan(0, cuts.Length);
        for (int i = 0; i < cuts.Length; i++)
        {
            rows[i] = CudaCut.Of(cuts[i]);
        }

        _crop.Launch((CudaDevice.Groups(size.Pixels), cuts.Length), CudaDevice.GroupSize, crops, frames,
            device.Table<CudaCut>(rows, "cuts"), KernelArgument.Of(size));
    }

    public override void MakeViews(
        DeviceSpan views, DeviceSpan crops, ReadOnlySpan<ViewRecipe> recipes, PictureSize cropSize, PictureSize viewSize)
    {
        AugmentBounds.Check(views, crops, recipes, cropSize, viewSize);
        Span<CudaRecipe> rows = CpuScratch.Grow(ref _recipes, recipes.Length).AsSpan(0, recipes.Length);
        int columnTaps = 0, rowTaps = 0;
        double columnScale = 0, rowScale = 0;
        for (int i = 0; i < recipes.Length; i++)
        {
            CropBox box = recipes[i].Box;
            rows[i] = CudaRecipe.Of(recipes[i]);
            columnTaps = Math.Max(columnTaps, CudaResize.Taps(box.Width, viewSize.Width));
            rowTaps = Math.Max(rowTaps, CudaResize.Taps(box.Height, viewSize.Height));
            columnScale = Math.Max(columnScale, (double)box.Width / viewSize.Width);
            rowScale = Math.Max(rowScale, (double)box.Height / viewSize.Height);
        }

        KernelArgument table = device.Table<CudaRecipe>(rows, "recipes");
        CudaResizeTile tile = CudaResizeTile.Fitting(columnTaps, rowTaps, columnScale, rowScale);
        _resize.LaunchShared((tile.Count(viewSize), recipes.Length), CudaResize.GroupSize, tile.SharedBytes, views, crops, table,
            KernelArgument.Of(cropSize), KernelArgument.Of(viewSize), KernelArgument.Of(tile));
        _finish.Launch(recipes.Length, CudaView.GroupSize, views, device.Scratch(3L * recipes.Length * viewSize.Pixels), table,
            KernelArgument.Of(viewSize), KernelArgument.Of(CudaColors.OfContract()));
    }
}
