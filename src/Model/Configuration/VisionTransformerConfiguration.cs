using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>Sizes of a vision transformer.</summary>
/// <param name="Width">d, a token's width.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads a block.</param>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="ImageSize">Side in pixels of the square picture that the position embedding is made for.</param>
public sealed record VisionTransformerConfiguration(int Width, int Depth, int Heads, int Patch = 16, int ImageSize = 224)
{
    /// <summary>The MLP's hidden width, in widths.</summary>
    public const int MlpRatio = 4;

    public const float LayerNormEpsilon = 1e-6f;

    public int HeadDim => Width / Heads;

    /// <summary>Side of the native grid of patches.</summary>
    public int Grid => ImageSize / Patch;

    public static VisionTransformerConfiguration Tiny(int patch = 16, int imageSize = 224) => new(192, 12, 3, patch, imageSize);

    public static VisionTransformerConfiguration Small(int patch = 16, int imageSize = 224) => new(384, 12, 6, patch, imageSize);

    public static VisionTransformerConfiguration Base(int patch = 16, int imageSize = 224) => new(768, 12, 12, patch, imageSize);

    /// <exception cref="UserException">The sizes do not fit together.</exception>
    public void Validate()
    {
        if (Width < 1 || Depth < 1 || Heads < 1 || Patch < 1 || ImageSize < 1)
        {
            throw new UserException(
                $"The vision transformer's width ({Width}), depth ({Depth}), heads ({Heads}), patch ({Patch}) and image size ({ImageSize}) "
                + "must all be at least 1.");
        }

        if (Width % Heads != 0)
        {
            throw new UserException(
                $"A width of {Width} cannot be shared among {Heads} heads; give a width that is a multiple of the heads.");
        }

        GridOf(ImageSize, ImageSize);
    }

    /// <summary>Patch rows and columns of a picture.</summary>
    /// <exception cref="UserException">A side is not a multiple of the patch.</exception>
    public (int Rows, int Columns) GridOf(int height, int width) =>
        height >= Patch && width >= Patch && height % Patch == 0 && width % Patch == 0
            ? (height / Patch, width / Patch)
            : throw new UserException(
                $"A picture of {width}×{height} pixels cannot be cut into patches of {Patch}; give sides that are multiples of {Patch}.");
}
