using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Scores;

/// <summary>
/// Turns images into features. Called by one thread at a time.
/// </summary>
/// <param name="images">[count, 3, height, width], normalised.</param>
/// <param name="count">Images.</param>
/// <param name="size">Of every image.</param>
public delegate EncodedImages ImageEncoder(float[] images, int count, PictureSize size);

/// <summary>What an encoder makes of images.</summary>
/// <param name="Cls">[images, width of the CLS features].</param>
/// <param name="PatchTokens">[images, patches, width of the tokens], patches row by row on a grid of square patches.</param>
/// <param name="Patches">Patches of an image.</param>
public sealed record EncodedImages(float[] Cls, float[] PatchTokens, int Patches)
{
    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSide(PictureSize size) => (int)Math.Round(Math.Sqrt((double)size.Pixels / Patches));
}
