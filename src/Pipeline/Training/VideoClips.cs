using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Training;

/// <summary>
/// Clips of a collection of videos. A video that fits is decoded once and kept in memory, scaled down; of any other each thread reads the file itself.
/// </summary>
internal sealed class VideoClips : IClipSource, IDisposable
{
    private readonly VideoCollection _videos;
    private readonly DataSettings _data;
    private readonly FrameStore?[] _stores;

    /// <exception cref="UserException">A video is shorter than a clip, or cannot be read.</exception>
    public VideoClips(VideoCollection videos, DataSettings data)
    {
        videos.RequireClips(data.Frames, data.SpacingSeconds);
        (_videos, _data) = (videos, data);

        // The same share of the machine's memory every time, so that a resumed run reads the same pixels.
        long budget = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
        int shortSide = data.DecodeHeight > 0 ? data.DecodeHeight : int.MaxValue;
        _stores = new FrameStore?[videos.Videos.Count];
        for (int i = 0; i < _stores.Length; i++)
        {
            _stores[i] = FrameStore.TryLoad(videos.Videos[i].Path, shortSide, budget);
            budget -= _stores[i]?.Bytes ?? 0;
        }
    }

    /// <summary>Frames at which a clip may start, over all videos.</summary>
    public int Starts => (int)Math.Max(1, _videos.Videos.Sum(video =>
        Math.Max(0, (video.DurationSeconds * _data.TrainingShare) - ((_data.Frames - 1) * _data.SpacingSeconds)) * video.FramesPerSecond));

    public ClipTimes Choose(double place) => _videos.Choose(place, _data.Frames, _data.SpacingSeconds);

    public IClipReader Open() => new Reader(this);

    public void Dispose()
    {
        foreach (FrameStore? store in _stores)
        {
            store?.Dispose();
        }
    }

    private sealed class Reader(VideoClips clips) : IClipReader
    {
        private readonly VideoReader?[] _files = new VideoReader?[clips._stores.Length];
        private VideoFrame? _frame;

        public ReadOnlySpan<byte> Read(int video, double seconds, out FrameFormat format)
        {
            _frame?.Dispose();
            IFrameSource source = clips._stores[video] as IFrameSource ?? (_files[video] ??= new(clips._videos.Videos[video].Path));
            _frame = source.Read(seconds);
            format = _frame.Format;
            return _frame.Bytes;
        }

        public void Dispose()
        {
            _frame?.Dispose();
            foreach (VideoReader? file in _files)
            {
                file?.Dispose();
            }
        }
    }
}
