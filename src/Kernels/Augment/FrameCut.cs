namespace DoRA.Kernels.Augment;

/// <summary>Height and width of a picture in pixels.</summary>
public readonly record struct PictureSize(int Height, int Width)
{
    public int Pixels => Height * Width;
}

/// <summary>A box of whole pixels inside a picture.</summary>
public readonly record struct CropBox(int Top, int Left, int Height, int Width)
{
    /// <summary>The whole of a picture.</summary>
    public static CropBox Whole(PictureSize size) => new(0, 0, size.Height, size.Width);

    /// <summary>True when the box has an area and lies inside the picture.</summary>
    public bool FitsIn(PictureSize size) =>
        Top >= 0 && Left >= 0 && Height > 0 && Width > 0 && Top + Height <= size.Height && Left + Width <= size.Width;
}

/// <summary>Which box of which decoded frame becomes a crop.</summary>
/// <param name="Offset">Bytes from the start of the frames' memory to the frame's first.</param>
/// <param name="Format">How the frame lies there.</param>
/// <param name="Box">In pixels of the picture as a viewer sees it, after rotation.</param>
public readonly record struct FrameCut(long Offset, FrameFormat Format, CropBox Box);
