using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>A picture at its full resolution, filled up with zeros at right and bottom to whole patches.</summary>
public static class PaddedPicture
{
    public static LastBlock Encode(FrozenEncoder encoder, RgbImage picture)
    {
        int patch = encoder.Configuration.Patch, height = WholePatches(picture.Height, patch), width = WholePatches(picture.Width, patch);
        return encoder.LastBlockOf(Normalization.ImageNet.Apply(picture, width, height), height, width);
    }

    private static int WholePatches(int side, int patch) => (side + patch - 1) / patch * patch;
}
