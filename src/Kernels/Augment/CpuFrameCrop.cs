using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Augment;

/// <summary>
/// Cuts one frame. Rows of samples are brought to the output's width once each and kept while output rows lie between them; columns and
/// the colour matrix are done a vector at a time. The work is done as the frame is stored; rows are turned when they are written.
/// </summary>
internal sealed unsafe class CpuFrameCrop
{
    private readonly SampleTable _lumaX = new(), _lumaY = new(), _chromaX = new(), _chromaY = new();
    private readonly RowPair _luma = new(), _u = new(), _v = new();
    private float[] _rgb = [];

    /// <param name="destination">[3, size.Height, size.Width].</param>
    /// <param name="frame">The frame's first byte.</param>
    public void Run(float* destination, byte* frame, in FrameCut cut, PictureSize size)
    {
        FrameFormat format = cut.Format;
        CropBox box = Stored(cut.Box, format);
        bool sideways = format.Rotation % 180 != 0;
        int height = sideways ? size.Width : size.Height, width = sideways ? size.Height : size.Width;

        _lumaX.Luma(box.Left, box.Width, width);
        _lumaY.Luma(box.Top, box.Height, height);
        _chromaX.Chroma(box.Left, box.Width, width, format.ChromaShiftX, cosited: true, format.ChromaWidth);
        _chromaY.Chroma(box.Top, box.Height, height, format.ChromaShiftY, cosited: false, format.ChromaHeight);

        FrameLayout layout = format.Layout;
        int stride = CpuScratch.Stride(width);
        YuvConversion conversion = YuvConversion.Of(format);
        _luma.Begin(width);
        _u.Begin(width);
        _v.Begin(width);
        fixed (float* rgb = CpuScratch.Grow(ref _rgb, 3 * stride))
        {
            for (int y = 0; y < height; y++)
            {
                _luma.Load(frame + layout.Luma, layout.LumaStride, format.BytesPerSample, _lumaX, _lumaY, y, width);
                _u.Load(frame + layout.U, layout.ChromaStride, format.BytesPerSample, _chromaX, _chromaY, y, width);
                _v.Load(frame + layout.V, layout.ChromaStride, format.BytesPerSample, _chromaX, _chromaY, y, width);
                Convert(rgb, stride, _lumaY.Share[y], _chromaY.Share[y], conversion);
                for (int channel = 0; channel < 3; channel++)
                {
                    WriteRow(destination + ((long)channel * size.Pixels), rgb + (channel * stride), y, width, height, format.Rotation);
                }
            }
        }
    }

    /// <summary>The box as it lies in the stored picture, before rotation.</summary>
    public static CropBox Stored(CropBox box, FrameFormat format) => format.Rotation switch
    {
        90 => new(format.Height - box.Left - box.Width, box.Top, box.Width, box.Height),
        180 => new(format.Height - box.Top - box.Height, format.Width - box.Left - box.Width, box.Height, box.Width),
        270 => new(box.Left, format.Width - box.Top - box.Height, box.Width, box.Height),
        _ => box,
    };

    /// <summary>Writes stored row y where the viewer sees it; the plane is [height, width] before rotation.</summary>
    private static void WriteRow(float* plane, float* row, int y, int width, int height, int rotation)
    {
        switch (rotation)
        {
            case 90:
                for (int x = 0; x < width; x++)
                {
                    plane[((long)x * height) + height - 1 - y] = row[x];
                }

                break;
            case 180:
                for (int x = 0; x < width; x++)
                {
                    plane[((long)(height - 1 - y) * width) + width - 1 - x] = row[x];
                }

                break;
            case 270:
                for (int x = 0; x < width; x++)
                {
                    plane[((long)(width - 1 - x) * height) + y] = row[x];
                }

                break;
            default:
                new ReadOnlySpan<float>(row, width).CopyTo(new Span<float>(plane + ((long)y * width), width));
                break;
        }
    }

    private void Convert(float* rgb, int stride, float lumaShare, float chromaShare, in YuvConversion conversion)
    {
        for (int x = 0; x < stride; x += Vector<float>.Count)
        {
            Vector<float> luma = _luma.Between(x, lumaShare) * conversion.Luma;
            Vector<float> u = _u.Between(x, chromaShare), v = _v.Between(x, chromaShare);
            Unit(luma + (v * conversion.RedV) + new Vector<float>(conversion.RedOffset)).Store(rgb + x);
            Unit(luma + (u * conversion.GreenU) + (v * conversion.GreenV) + new Vector<float>(conversion.GreenOffset))
                .Store(rgb + stride + x);
            Unit(luma + (u * conversion.BlueU) + new Vector<float>(conversion.BlueOffset)).Store(rgb + (2 * stride) + x);
        }
    }

    private static Vector<float> Unit(Vector<float> value) => Vector.Min(Vector.Max(value, Vector<float>.Zero), Vector<float>.One);

    /// <summary>The two rows of a plane that output rows lie between, already at the output's width.</summary>
    private sealed class RowPair
    {
        private float[] _above = [], _below = [];
        private int _aboveRow, _belowRow;

        /// <summary>Forgets the rows of another frame.</summary>
        public void Begin(int width)
        {
            CpuScratch.Grow(ref _above, CpuScratch.Stride(width));
            CpuScratch.Grow(ref _below, CpuScratch.Stride(width));
            (_aboveRow, _belowRow) = (-1, -1);
        }

        public void Load(byte* plane, int stride, int bytesPerSample, SampleTable columns, SampleTable rows, int y, int width)
        {
            (int above, int below) = (rows.First[y], rows.Second[y]);
            if (above == _belowRow)
            {
                (_above, _below, _aboveRow, _belowRow) = (_below, _above, _belowRow, _aboveRow);
            }

            Fill(_above, ref _aboveRow, above);
            Fill(_below, ref _belowRow, below);

            void Fill(float[] target, ref int held, int wanted)
            {
                if (held == wanted)
                {
                    return;
                }

                held = wanted;
                byte* row = plane + ((long)wanted * stride);
                if (bytesPerSample == 1)
                {
                    Sample(target, row, columns, width);
                }
                else
                {
                    Sample(target, (ushort*)row, columns, width);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Between(int x, float share)
        {
            Vector<float> above = new(_above, x);
            return above + ((new Vector<float>(_below, x) - above) * share);
        }

        private static void Sample<T>(float[] target, T* row, SampleTable columns, int width) where T : unmanaged
        {
            ReadOnlySpan<int> first = columns.First[..width], second = columns.Second[..width];
            ReadOnlySpan<float> share = columns.Share[..width];
            for (int x = 0; x < width; x++)
            {
                float left = Value(row[first[x]]), right = Value(row[second[x]]);
                target[x] = left + ((right - left) * share[x]);
            }
        }

        private static float Value<T>(T sample) where T : unmanaged =>
            typeof(T) == typeof(byte) ? (byte)(object)sample : (ushort)(object)sample;
    }
}
