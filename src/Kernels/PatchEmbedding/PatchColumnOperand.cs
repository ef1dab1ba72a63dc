using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>A product's side whose element (line, k) is value <c>line</c> of patch <c>k</c>, gathered from the images while it is packed.</summary>
internal readonly unsafe struct PatchColumnOperand(PatchGrid grid) : IOperand
{
    public bool IsDirect => false;

    public int LineStride => throw new InvalidOperationException("Patches are not read in place.");

    public float* Line(int line) => throw new InvalidOperationException("Patches are not read in place.");

    public void Pack(float* panels, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        // The lines in runs that lie side by side both in the image and in a panel.
        long* offsets = stackalloc long[lines];
        int* lengths = stackalloc int[lines];
        float** targets = stackalloc float*[lines];
        int runs = 0;
        for (int line = 0; line < lines; line += lengths[runs++])
        {
            (int panel, int within) = Math.DivRem(line, width);
            offsets[runs] = grid.Offset(firstLine + line);
            lengths[runs] = Math.Min(Math.Min(lines - line, width - within), grid.Patch - ((firstLine + line) % grid.Patch));
            targets[runs] = panels + ((long)panel * width * depth) + within;
        }

        for (int k = 0; k < depth; k++)
        {
            float* corner = grid.Corner(firstDepth + k);
            for (int run = 0; run < runs; run++)
            {
                new Span<float>(corner + offsets[run], lengths[run]).CopyTo(new Span<float>(targets[run] + ((long)k * width), lengths[run]));
            }
        }
    }
}
