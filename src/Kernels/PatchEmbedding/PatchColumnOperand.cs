using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>A product's side whose element (line, k) is value <c>line</c> of patch <c>k</c>, gathered from the images while it is packed.</summary>
internal readonly unsafe struct PatchColumnOperand(PatchGrid grid) : IOperand
{
    public bool IsDirect => false;

    public int LineStride => throw new InvalidOperationException("Patches are not read in place.");

    public float* Line(int line) => throw new InvalidOperationException("Patches are not read in place.");

    public void Pack(float* panel, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        for (int k = 0; k < depth; k++)
        {
            float* corner = grid.Corner(firstDepth + k);
            float* target = panel + ((long)k * width);
            for (int line = 0, run; line < lines; line += run)
            {
                run = Math.Min(lines - line, grid.Patch - ((firstLine + line) % grid.Patch));
                new Span<float>(corner + grid.Offset(firstLine + line), run).CopyTo(new Span<float>(target + line, run));
            }
        }
    }
}
