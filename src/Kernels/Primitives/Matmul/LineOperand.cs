using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DoRA.Kernels.Primitives;

/// <summary>Lines whose elements lie side by side: element (line, k) is <c>data[line * stride + k]</c>. Packing transposes.</summary>
internal readonly unsafe struct LineOperand(float* data, int stride) : IOperand
{
    // 12 or 16 lines a multiple of 4 KiB apart fall into the same few cache sets and drive each other out.
    private const int ConflictingStride = 1024;

    // So many k of a panel, 32 KiB, stay in the level-1 cache while its lines are written one after the other; lines are read in
    // runs long enough for the hardware to fetch ahead.
    private const int DepthStep = 256;

    public bool IsDirect => stride % ConflictingStride != 0;

    public int LineStride => stride;

    public float* Line(int line) => data + ((long)line * stride);

    public void Pack(float* panels, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        for (int line = 0; line < lines; line += width)
        {
            float* panel = panels + ((long)line * depth), source = Line(firstLine + line) + firstDepth;
            for (int k = 0; k < depth; k += DepthStep)
            {
                PackPart(panel + ((long)k * width), width, source + k, Math.Min(width, lines - line), Math.Min(DepthStep, depth - k));
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
            Vector128<double> abLow = InterleaveLow(va, vb).AsDouble(), abHigh = InterleaveHigh(va, vb).AsDouble();
            Vector128<double> cdLow = InterleaveLow(vc, vd).AsDouble(), cdHigh = InterleaveHigh(vc, vd).AsDouble();
            float* target = panel + ((long)k * width);
            InterleaveLow(abLow, cdLow).AsSingle().Store(target);
            InterleaveHigh(abLow, cdLow).AsSingle().Store(target + width);
            InterleaveLow(abHigh, cdHigh).AsSingle().Store(target + (2 * width));
            InterleaveHigh(abHigh, cdHigh).AsSingle().Store(target + (3 * width));
        }

        for (; k < depth; k++)
        {
            float* target = panel + ((long)k * width);
            target[0] = a[k];
            target[1] = b[k];
            target[2] = c[k];
            target[3] = d[k];
        }
    }

    private void PackPart(float* panel, int width, float* source, int lines, int depth)
    {
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

    // Named instructions: as a general shuffle of two halves this took ten times as long.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveLow(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Vector128.Create(a.GetLower(), b.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveHigh(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Vector128.Create(a.GetUpper(), b.GetUpper());
}
