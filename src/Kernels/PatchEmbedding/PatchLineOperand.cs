using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>A product's side whose line i is patch i, gathered from the images while it is packed.</summary>
internal readonly unsafe struct PatchLineOperand(PatchGrid grid) : IOperand
{
    public bool IsDirect => false;

    public int LineStride => throw new InvalidOperationException("Patches are not read in place.");

    public float* Line(int line) => throw new InvalidOperationException("Patches are not read in place.");

    public void Pack(float* panels, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        for (int line = 0; line < lines; line += width)
        {
            PackPanel(panels + ((long)line * depth), width, firstLine + line, Math.Min(width, lines - line), firstDepth, depth);
        }
    }

    private void PackPanel(float* panel, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        float** corners = stackalloc float*[lines];
        for (int line = 0; line < lines; line++)
        {
            corners[line] = grid.Corner(firstLine + line);
        }

        for (int k = 0, run; k < depth; k += run)
        {
            run = Math.Min(depth - k, grid.Patch - ((firstDepth + k) % grid.Patch));
            long offset = grid.Offset(firstDepth + k);
            float* target = panel + ((long)k * width);
            int line = 0;
            for (; line + 4 <= lines; line += 4)
            {
                LineOperand.PackFour(
                    target + line, width,
                    corners[line] + offset, corners[line + 1] + offset, corners[line + 2] + offset, corners[line + 3] + offset, run);
            }

            for (; line < lines; line++)
            {
                for (int i = 0; i < run; i++)
                {
                    target[((long)i * width) + line] = corners[line][offset + i];
                }
            }
        }
    }
}
