namespace DoRA.Kernels.Augment;

/// <summary>What both engines ask of the arguments before they read or write.</summary>
internal static class AugmentBounds
{
    private const int Channels = 3;

    /// <exception cref="ArgumentException">A box leaves its frame, or a frame or crop leaves its memory.</exception>
    public static void Check(DeviceSpan crops, DeviceSpan frames, ReadOnlySpan<FrameCut> cuts, PictureSize size)
    {
        foreach (FrameCut cut in cuts)
        {
            PictureSize shown = new(cut.Format.DisplayHeight, cut.Format.DisplayWidth);
            Require(cut.Box.FitsIn(shown), $"The box {cut.Box} leaves its frame of {shown}.");
            long behind = frames.Length - cut.Offset;
            FrameFormat format = cut.Format;
            Require(cut.Offset >= 0 && format.Plane(0).FitsIn(behind) && format.Plane(1).FitsIn(behind) && format.Plane(2).FitsIn(behind),
                "A frame leaves its memory.");
        }

        Require(cuts.Length * (long)Channels * size.Pixels <= crops.Length, "The crops leave their memory.");
    }

    /// <exception cref="ArgumentException">A box leaves its crop, or a crop or view leaves its memory.</exception>
    public static void Check(DeviceSpan views, DeviceSpan crops, ReadOnlySpan<ViewRecipe> recipes, PictureSize cropSize,
        PictureSize viewSize)
    {
        foreach (ViewRecipe recipe in recipes)
        {
            Require(recipe.Box.FitsIn(cropSize), $"The box {recipe.Box} leaves its crop of {cropSize}.");
            Require(recipe.Source >= 0 && (recipe.Source + 1) * (long)Channels * cropSize.Pixels <= crops.Length,
                "A crop leaves its memory.");
        }

        Require(recipes.Length * (long)Channels * viewSize.Pixels <= views.Length, "The views leave their memory.");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
