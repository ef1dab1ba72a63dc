using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Scores;

/// <summary>The baseline that knows nothing: an image's features are its pixels, a patch's token is the patch's pixels.</summary>
public static class RawPixels
{
    /// <param name="patch">Side of a patch; divides every image.</param>
    public static ImageEncoder Encoder(int patch) => (images, count, size) =>
    {
        int columns = size.Width / patch, patches = size.Height / patch * columns, width = 3 * patch * patch;
        float[] tokens = new float[count * patches * width];
        for (int row = 0; row < count * 3 * size.Height; row++)
        {
            (int y, int channel, int image) = (row % size.Height, row / size.Height % 3, row / size.Height / 3);
            for (int column = 0; column < columns; column++)
            {
                int token = (image * patches) + (y / patch * columns) + column;
                images.AsSpan((row * size.Width) + (column * patch), patch)
                    .CopyTo(tokens.AsSpan((token * width) + (((channel * patch) + (y % patch)) * patch)));
            }
        }

        return new(images.AsSpan(0, count * 3 * size.Pixels).ToArray(), tokens, patches);
    };
}
