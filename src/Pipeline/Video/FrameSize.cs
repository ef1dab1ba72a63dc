namespace DoRA.Pipeline.Video;

/// <summary>Sizes that frames are scaled to.</summary>
internal static class FrameSize
{
    /// <summary>Scales both sides alike, down at most, to even numbers.</summary>
    public static (int Width, int Height) Shrink(int width, int height, int shortSide)
    {
        double scale = Math.Min(1, (double)shortSide / Math.Min(width, height));
        return (Even(width * scale), Even(height * scale));
        static int Even(double length) => Math.Max(2, (int)Math.Round(length / 2) * 2);
    }
}
