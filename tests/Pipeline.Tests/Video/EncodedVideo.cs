using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Small videos of plain rows, encoded by FFmpeg as a test needs them.</summary>
internal static unsafe class EncodedVideo
{
    public const int Width = 64, Height = 48, FramesPerSecond = 25;

    /// <param name="path">Its ending names the container: .mkv or .ts.</param>
    /// <param name="frames">Their number.</param>
    /// <param name="luma">Of a frame's row.</param>
    /// <param name="tick">When a frame starts, in frames.</param>
    /// <param name="options">Of the encoder.</param>
    public static void Write(
        string path, string encoder, int frames, Func<int, int, byte> luma, Func<int, int>? tick = null, params (string Name, string Value)[] options)
    {
        FrameFormat format = new(Width, Height, 1, 1, 8, false, ColorMatrix.Bt601, 0);
        string container = path.EndsWith(".ts", StringComparison.Ordinal) ? "mpegts" : "matroska";
        using VideoWriter writer = new(path, new(encoder, container, "yuv420p", Width, Height, FramesPerSecond, 1, options));
        using VideoFrame frame = FramePool.Shared.Rent();
        for (int i = 0; i < frames; i++)
        {
            Span<byte> bytes = new(frame.Prepare(format, i), (int)format.Bytes);
            bytes[(Width * Height)..].Fill(128);
            for (int row = 0; row < Height; row++)
                bytes.Slice(row * Width, Width).Fill(luma(i, row));
            writer.Write(frame, tick?.Invoke(i) ?? i);
        }
        writer.Finish();
    }

    /// <summary>The mean of a frame's luma rows.</summary>
    public static double[] Rows(VideoFrame frame) =>
        [.. Enumerable.Range(0, frame.Format.Height).Select(row => frame.Row(0, row).ToArray().Average(value => value))];
}
