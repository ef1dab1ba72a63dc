using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Primitives;

/// <summary>Lines whose elements lie side by side: element (line, k) is <c>data[line * stride + k]</c>. Packing transposes.</summary>
internal readonly unsafe struct LineOperand(float* data, int stride) : IOperand
{
    // 12 or 16 lines a multiple of 4 KiB apart fall into the same few cache sets and drive each other out.
    private const int ConflictingStride = 1024;

    public bool IsDirect => stride % ConflictingStride != 0;

    public int LineStride => stride;

    public float* Line(int line) => data + ((long)line * stride);

    public void Pack(float* panel, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        float* source = Line(firstLine) + firstDepth;
        int line = 0;
        for (; line + 4 <= lines; line += 4)
        {
            float* four = source + ((long)line * stride);
            PackFour(panel + line, width, four, four + stride, four + (2L * stride), four + (3L * stride), depth);
        }

        for (; line < lines; line++)
        {
            for (int k = 0; k < depth; k++)
            {
                panel[((long)k * width) + line] = source[((long)line * stride) + k];
            }
        }
    }

    /// <summary>Transposes four lines of <paramref name="depth"/> elements in squares of 4 × 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackFour(float* panel, int width, float* a, float* b, float* c, float* d, int depth)
    {
        int k = 0;
        for (; k + 4 <= depth; k += 4)
        {
            Vector128<float> va = Vector128.Load(a + k), vb = Vector128.Load(b + k), vc = Vector128.Load(c + k), vd = Vector128.Load(d + k);
            Vector128<float> abLow = InterleaveLow(va, vb), abHigh = InterleaveHigh(va, vb);
            Vector128<float> cdLow = InterleaveLow(vc, vd), cdHigh = InterleaveHigh(vc, vd);
            float* target = panel + ((long)k * width);
            Vector128.Create(abLow.GetLower(), cdLow.GetLower()).Store(target);
            Vector128.Create(abLow.GetUpper(), cdLow.GetUpper()).Store(target + width);
            Vector128.Create(abHigh.GetLower(), cdHigh.GetLower()).Store(target + (2 * width));
            Vector128.Create(abHigh.GetUpper(), cdHigh.GetUpper()).Store(target + (3 * width));
        }

        for (; k < depth; k++)
        {
            float* target = panel + ((long)k * width);
            (target[0], target[1], target[2], target[3]) = (a[k], b[k], c[k], d[k]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Vector128.Shuffle(Vector128.Create(a.GetLower(), b.GetLower()), Vector128.Create(0, 2, 1, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Vector128.Shuffle(Vector128.Create(a.GetUpper(), b.GetUpper()), Vector128.Create(0, 2, 1, 3));
}
