using DoRA.Kernels.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips;

/// <summary>Two videos of noise that depends on the video and the time only; a hook runs before each read.</summary>
internal sealed class SyntheticClips(int frames, Action<int, double>? beforeRead = null) : IClipSource
{
    public static readonly FrameFormat Format = new(40, 30, 1, 1, 8, false, ColorMatrix.Bt709, 0);

    private int _opened, _disposed, _reads;

    public int Opened => _opened;

    public int Disposed => _disposed;

    public int Reads => _reads;

    public ClipTimes Choose(double place) =>
        new(place < 0.5 ? 0 : 1, [.. Enumerable.Range(0, frames).Select(frame => (place * 100) + frame)]);

    public string NameOf(int video) => $"synthetic {video}";

    public IClipReader Open()
    {
        Interlocked.Increment(ref _opened);
        return new Reader(this, beforeRead);
    }

    public static byte[] Frame(int video, double seconds)
    {
        byte[] bytes = new byte[Format.Bytes];
        new Random(HashCode.Combine(0, video) + BitConverter.DoubleToInt64Bits(seconds).GetHashCode()).NextBytes(bytes);
        return bytes;
    }

    private sealed class Reader(SyntheticClips source, Action<int, double>? beforeRead) : IClipReader
    {
        public bool IsDamaged => false;

        public ReadOnlySpan<byte> Read(int video, double seconds, out FrameFormat format)
        {
            beforeRead?.Invoke(video, seconds);
            Interlocked.Increment(ref source._reads);
            format = Format;
            return Frame(video, seconds);
        }

        public void Dispose() => Interlocked.Increment(ref source._disposed);
    }
}
