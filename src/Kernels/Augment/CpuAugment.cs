using System.Collections.Concurrent;

namespace DoRA.Kernels.Augment;

/// <summary>The CPU engine: one crop or view a part. Scratch memory is kept and handed from part to part.</summary>
internal sealed unsafe class CpuAugment(CpuThreads threads) : AugmentKernels
{
    private const int Channels = 3;
    private readonly ConcurrentBag<CpuFrameCrop> _frameCrops = [];
    private readonly ConcurrentBag<CpuView> _views = [];

    public override void CropFrames(DeviceSpan crops, DeviceSpan frames, ReadOnlySpan<FrameCut> cuts, PictureSize size)
    {
        AugmentBounds.Check(crops, frames, cuts, size);
        long pixels = (long)Channels * size.Pixels;
        float* destination = crops.Floats();
        byte* source = frames.Bytes();
        fixed (FrameCut* pinned = cuts)
        {
            FrameCut* cut = pinned;
            threads.Run(cuts.Length, i =>
            {
                CpuFrameCrop worker = _frameCrops.TryTake(out CpuFrameCrop? free) ? free : new();
                worker.Run(destination + (i * pixels), source + cut[i].Offset, cut[i], size);
                _frameCrops.Add(worker);
            });
        }
    }

    public override void MakeViews(
        DeviceSpan views, DeviceSpan crops, ReadOnlySpan<ViewRecipe> recipes, PictureSize cropSize, PictureSize viewSize)
    {
        long cropPixels = (long)Channels * cropSize.Pixels, viewPixels = (long)Channels * viewSize.Pixels;
        AugmentBounds.Check(views, crops, recipes, cropSize, viewSize);
        float* destination = views.Floats();
        float* source = crops.Floats();
        fixed (ViewRecipe* pinned = recipes)
        {
            ViewRecipe* recipe = pinned;
            threads.Run(recipes.Length, i =>
            {
                CpuView worker = _views.TryTake(out CpuView? free) ? free : new();
                worker.Run(destination + (i * viewPixels), source + (recipe[i].Source * cropPixels), recipe[i], cropSize, viewSize);
                _views.Add(worker);
            });
        }
    }
}
