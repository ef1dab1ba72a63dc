using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>A picture's patches, the last row and column of which may reach beyond it.</summary>
/// <param name="Patch">Pixels of a patch's side.</param>
/// <param name="Width">Pixels of the picture.</param>
/// <param name="Height">Pixels of the picture.</param>
public sealed record PatchMap(int Rows, int Columns, int Patch, int Width, int Height)
{
    /// <summary>A box of patches in pixels.</summary>
    public Box Pixels(Box patches) => new(patches.X * Patch, patches.Y * Patch, patches.Width * Patch, patches.Height * Patch);

    /// <summary>The same, without what reaches beyond the picture.</summary>
    public Box InsidePicture(Box patches)
    {
        Box box = Pixels(patches);
        return Box.Between(box.X, box.Y, Math.Min(box.Right, Width), Math.Min(box.Bottom, Height));
    }
}
