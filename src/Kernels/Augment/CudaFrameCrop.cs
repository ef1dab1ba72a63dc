using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>A cut as the kernel reads it: box and planes as the frame is stored, before rotation.</summary>
internal readonly record struct CudaCut(long Luma, long U, long V, int LumaStride, int ChromaStride, CropBox Box, int ChromaWidth,
    int ChromaHeight, int ChromaShiftX, int ChromaShiftY, int BytesPerSample, int Rotation, YuvConversion Conversion)
{
    public static CudaCut Of(in FrameCut cut)
    {
        FrameFormat format = cut.Format;
        FrameLayout layout = format.Layout;
        return new(cut.Offset + layout.Luma, cut.Offset + layout.U, cut.Offset + layout.V, layout.LumaStride, layout.ChromaStride,
            CpuFrameCrop.Stored(cut.Box, format), format.ChromaWidth, format.ChromaHeight, format.ChromaShiftX, format.ChromaShiftY,
            format.BytesPerSample, format.Rotation, YuvConversion.Of(format));
    }
}

/// <summary>Cuts frames: a thread makes one pixel of a crop.</summary>
internal static class CudaFrameCrop
{
    /// <summary>Grid: groups of pixels × cuts.</summary>
    public static void Crop(ArrayView<float> crops, ArrayView<byte> frames, ArrayView<CudaCut> cuts, PictureSize size)
    {
        int pixel = Grid.GlobalIndex.X;
        if (pixel >= size.Pixels)
        {
            return;
        }

        CudaCut cut = cuts[Grid.IdxY];
        int shownRow = pixel / size.Width, shownColumn = pixel % size.Width;
        bool sideways = cut.Rotation % 180 != 0;
        int height = sideways ? size.Width : size.Height, width = sideways ? size.Height : size.Width;

        // Where the viewer's pixel lies in the picture as it is stored.
        int x = cut.Rotation == 90 ? shownRow : cut.Rotation == 180 ? width - 1 - shownColumn : cut.Rotation == 270 ? width - 1 - shownRow
            : shownColumn;
        int y = cut.Rotation == 90 ? height - 1 - shownColumn : cut.Rotation == 180 ? height - 1 - shownRow : cut.Rotation == 270
            ? shownColumn : shownRow;
        double lumaX = Position(cut.Box.Left, cut.Box.Width, width, x), lumaY = Position(cut.Box.Top, cut.Box.Height, height, y);

        // A chroma sample lies on the first luma sample of its columns and between its rows.
        double scaleX = 1.0 / (1 << cut.ChromaShiftX), scaleY = 1.0 / (1 << cut.ChromaShiftY);
        double chromaX = Clamp(lumaX * scaleX, cut.ChromaWidth - 1),
            chromaY = Clamp((lumaY * scaleY) + (0.5 * scaleY) - 0.5, cut.ChromaHeight - 1);

        float luma = Sample(frames, cut.Luma, cut.LumaStride, cut.BytesPerSample, lumaX, lumaY, cut.Box.Left + cut.Box.Width - 1,
            cut.Box.Top + cut.Box.Height - 1);
        float u = Sample(frames, cut.U, cut.ChromaStride, cut.BytesPerSample, chromaX, chromaY, cut.ChromaWidth - 1, cut.ChromaHeight - 1);
        float v = Sample(frames, cut.V, cut.ChromaStride, cut.BytesPerSample, chromaX, chromaY, cut.ChromaWidth - 1, cut.ChromaHeight - 1);

        YuvConversion conversion = cut.Conversion;
        luma *= conversion.Luma;
        long at = (3L * Grid.IdxY * size.Pixels) + pixel;
        crops[at] = CudaView.Unit(luma + (v * conversion.RedV) + conversion.RedOffset);
        crops[at + size.Pixels] = CudaView.Unit(luma + (u * conversion.GreenU) + (v * conversion.GreenV) + conversion.GreenOffset);
        crops[at + (2L * size.Pixels)] = CudaView.Unit(luma + (u * conversion.BlueU) + conversion.BlueOffset);
    }

    /// <summary>The place in the stored picture that an output index reads, held inside the box.</summary>
    private static double Position(int start, int length, int outputs, int index) =>
        start + Clamp(((index + 0.5) * length / outputs) - 0.5, length - 1);

    private static double Clamp(double value, double highest) => value < 0 ? 0 : value > highest ? highest : value;

    /// <summary>A plane between its four samples around (x, y).</summary>
    private static float Sample(ArrayView<byte> frames, long plane, int stride, int bytes, double x, double y, int lastX, int lastY)
    {
        int left = (int)x, above = (int)y, right = IntrinsicMath.Min(left + 1, lastX), below = IntrinsicMath.Min(above + 1, lastY);
        float shareX = (float)(x - left), shareY = (float)(y - above);
        float top = Between(frames, plane + ((long)above * stride), bytes, left, right, shareX);
        float bottom = Between(frames, plane + ((long)below * stride), bytes, left, right, shareX);
        return top + ((bottom - top) * shareY);
    }

    private static float Between(ArrayView<byte> frames, long row, int bytes, int left, int right, float share)
    {
        float first = Value(frames, row + ((long)left * bytes), bytes), second = Value(frames, row + ((long)right * bytes), bytes);
        return first + ((second - first) * share);
    }

    private static float Value(ArrayView<byte> frames, long at, int bytes) => bytes == 1 ? frames[at] : frames[at] | (frames[at + 1] << 8);
}
