using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips;

/// <summary>Two videos of noise that depends on the video and the time only; a hook runs before each read.</summary>
/// <param name="device">The device that frames are uploaded to; null where they are not.</param>
/// <param name="second">How the second video's frames lie in memory; as the first's when null.</param>
internal sealed class SyntheticClips(int frames, Action<int, double>? beforeRead = null, Device? device = null, FrameFormat? second = null)
    : IClipSource, IDisposable
{
    public static readonly FrameFormat Format = new(40, 30, 1, 1, 8, false, ColorMatrix.Bt709, 0);

    private readonly FramePool _pool = new(device);

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
        return new Reader(this, beforeRead, second);
    }

    /// <summary>Frees the frames' memory.</summary>
    public void Dispose() => _pool.Dispose();

    public static byte[] Frame(int video, double seconds, FrameFormat? format = null)
    {
        byte[] bytes = new byte[(format ?? Format).Bytes];
        new Random(HashCode.Combine(0, video) + BitConverter.DoubleToInt64Bits(seconds).GetHashCode()).NextBytes(bytes);
        return bytes;
    }

    private sealed unsafe class Reader(SyntheticClips source, Action<int, double>? beforeRead, FrameFormat? second) : IClipReader
    {
        public VideoFrame Read(int video, double seconds)
        {
            beforeRead?.Invoke(video, seconds);
            Interlocked.Increment(ref source._reads);
            FrameFormat format = video == 0 ? Format : second ?? Format;
            VideoFrame frame = source._pool.Rent();
            Frame(video, seconds, format).CopyTo(new Span<byte>(frame.Prepare(format, seconds), (int)format.Bytes));
            return frame;
        }

        public void Dispose() => Interlocked.Increment(ref source._disposed);
    }
}
