using System.Text.Json.Serialization;

namespace DoRA.Kernels.Augment;

/// <summary>The matrix that turns luma and chroma into red, green and blue.</summary>
public enum ColorMatrix
{
    Bt601,
    Bt709,
    Bt2020,
}

/// <summary>
/// How a decoded frame lies in memory: planes Y, U, V, as <see cref="Layout"/> says or one after another without padding, each row of
/// <c>width</c> samples; a sample is one byte at 8 bits and two bytes (little endian) above.
/// </summary>
/// <param name="Width">Luma width in samples, as stored (before rotation).</param>
/// <param name="Height">Luma height in samples, as stored (before rotation).</param>
/// <param name="ChromaShiftX">Chroma width is <c>ceil(Width / 2^ChromaShiftX)</c>: 1 for 4:2:0 and 4:2:2, 0 for 4:4:4.</param>
/// <param name="ChromaShiftY">Chroma height is <c>ceil(Height / 2^ChromaShiftY)</c>: 1 for 4:2:0, 0 otherwise.</param>
/// <param name="BitDepth">Bits of a sample: 8, 10 or 12.</param>
/// <param name="FullRange">True when samples use 0..2^bits-1; false for the limited range (16..235 at 8 bits).</param>
/// <param name="Matrix">The colour matrix.</param>
/// <param name="Rotation">Degrees to turn the picture clockwise for showing it: 0, 90, 180 or 270.</param>
public readonly record struct FrameFormat(
    int Width, int Height, int ChromaShiftX, int ChromaShiftY, int BitDepth, bool FullRange, ColorMatrix Matrix, int Rotation)
{
    public int BytesPerSample => BitDepth > 8 ? 2 : 1;

    public int ChromaWidth => (Width + (1 << ChromaShiftX) - 1) >> ChromaShiftX;

    public int ChromaHeight => (Height + (1 << ChromaShiftY) - 1) >> ChromaShiftY;

    /// <summary>Where the planes lie: packed, one after another without padding, unless it is set; <c>default</c> packs them again.</summary>
    [JsonIgnore]
    public FrameLayout Layout
    {
        get => field == default ? PackedLayout : field;
        init;
    }

    /// <summary>Bytes from the frame's first to past its last.</summary>
    public long Bytes => Math.Max(Plane(0).End, Math.Max(Plane(1).End, Plane(2).End));

    /// <summary>Plane Y, U or V.</summary>
    /// <param name="index">0, 1 or 2.</param>
    public FramePlane Plane(int index)
    {
        FrameLayout layout = Layout;
        return index == 0
            ? new(layout.Luma, layout.LumaStride, Width * BytesPerSample, Height)
            : new(index == 1 ? layout.U : layout.V, layout.ChromaStride, ChromaWidth * BytesPerSample, ChromaHeight);
    }

    /// <summary>Width as a viewer sees it, after rotation.</summary>
    public int DisplayWidth => Rotation % 180 == 0 ? Width : Height;

    /// <summary>Height as a viewer sees it, after rotation.</summary>
    public int DisplayHeight => Rotation % 180 == 0 ? Height : Width;

    private FrameLayout PackedLayout
    {
        get
        {
            int luma = Width * BytesPerSample, chroma = ChromaWidth * BytesPerSample;
            long u = (long)luma * Height;
            return new(0, u, u + ((long)chroma * ChromaHeight), luma, chroma);
        }
    }
}
