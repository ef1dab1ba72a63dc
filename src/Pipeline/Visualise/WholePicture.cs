using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Visualise;

/// <summary>Shows whole pictures of any size to a network: the short side brought to so many pixels, both sides to whole patches.</summary>
internal sealed class WholePicture(FrozenEncoder encoder, int shortSide)
{
    /// <summary>More patches than fill a 4K picture eight pixels by eight make attention, whose time grows with their square, hopeless.</summary>
    private const int MostPatches = 1 << 17;

    private readonly int _patch = encoder.Configuration.Patch;

    public FrozenEncoder Encoder => encoder;

    /// <summary>The size in which a picture is shown.</summary>
    /// <exception cref="UserException">The patches would be too many.</exception>
    public PictureSize SizeOf(RgbImage picture)
    {
        double scale = (double)shortSide / Math.Min(picture.Width, picture.Height);
        long rows = WholePatches(picture.Height * scale), columns = WholePatches(picture.Width * scale);
        return rows * columns <= MostPatches
            ? new((int)rows * _patch, (int)columns * _patch)
            : throw new UserException(
                $"A picture of {picture.Width}×{picture.Height} would be {rows * columns} patches, more than {MostPatches}; "
                + $"give a --short-side below {shortSide}, or cut the picture.");
    }

    /// <summary>Normalised planes [3, height, width] of a picture.</summary>
    public float[] Planes(RgbImage picture, PictureSize size) =>
        Normalization.ImageNet.Apply(picture.Resize(size.Width, size.Height, PillowFilter.Bicubic));

    private long WholePatches(double pixels) => Math.Max(1, (long)Math.Round(pixels / _patch));
}
