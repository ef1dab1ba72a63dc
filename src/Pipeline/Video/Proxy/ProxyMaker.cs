using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Makes the segments of a proxy that are not there yet, several at a time, each by a decoder of its own. A segment depends on the source and
/// the recipe alone, so neither the number of workers nor a kill in between changes a byte.
/// </summary>
internal sealed class ProxyMaker(string source, string folder, ProxyRecipe recipe, VideoReaderOptions options)
{
    private const double ReportSeconds = 0.5;
    private readonly Lock _gate = new();
    private double _secondsDone;

    /// <summary>Makes what is missing and then the manifest.</summary>
    /// <param name="workers">Segments made at a time.</param>
    /// <param name="progress">Told the seconds of video done, and all.</param>
    /// <exception cref="UserException">The source cannot be read, or the folder cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">What was finished stays.</exception>
    public void Make(string sourceSha256, int workers, Action<double, double>? progress, CancellationToken cancellation)
    {
        VideoInfo info;
        double grace, last;
        using (IFrameSequence reader = FrameSources.Open(source, options with { ShortSide = recipe.ShortSide }))
        {
            (info, grace, last) = (reader.Info, reader.Grace, reader.FindLastFrame());
        }
        (int width, int height) = FrameSize.Shrink(info.Format.Width, info.Format.Height, recipe.ShortSide);
        FrameFormat format = info.Format with { Width = width, Height = height, ChromaShiftX = 1, ChromaShiftY = 1, BitDepth = 8 };

        int segments = recipe.SegmentOf(last) + 1;
        int[] missing = [.. Enumerable.Range(0, segments).Where(number => ProxySegment.TryRead(folder, number) is null)];
        double all = segments * recipe.SegmentSeconds;
        _secondsDone = all - (missing.Length * recipe.SegmentSeconds);
        RunWorkers(missing, workers, number => MakeSegment(info.DurationSeconds, format, number, Advance, cancellation), cancellation);

        ProxySegment[] made = [.. Enumerable.Range(0, segments).Select(number => ProxySegment.TryRead(folder, number)
            ?? throw new UserException($"The proxy in {folder} was changed while it was made; start again."))];
        int frames = made.Sum(segment => segment.Frames.Count(frame => !frame.IsDamaged));
        new ProxyManifest(Path.GetFileName(source), sourceSha256, recipe,
            info with { Path = "", PixelFormat = "yuv420p", Format = format, FrameCountEstimate = frames }, grace, FFmpegLibraries.Version,
            [.. made.Select(segment => $"{segment.Checksum:x8}")]).Write(folder);

        void Advance(double seconds)
        {
            lock (_gate)
            {
                _secondsDone += seconds;
                progress?.Invoke(_secondsDone, all);
            }
        }
    }

    private static void RunWorkers(int[] numbers, int workers, Action<int> make, CancellationToken cancellation)
    {
        try
        {
            Parallel.ForEach(
                Partitioner.Create(numbers, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
                make);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private void MakeSegment(double duration, FrameFormat format, int number, Action<double> advance, CancellationToken cancellation)
    {
        double told = 0, begin = number * recipe.SegmentSeconds;
        string temporary = ProxySegment.FileOf(folder, number) + ".partial";
        List<double> starts = [];
        using VideoFrame frame = FramePool.Shared.Rent();

        // A reader of its own: what it finds damaged must not hang on what was read before.
        using IFrameSequence reader = FrameSources.Open(source, options with { KnownDurationSeconds = duration, ShortSide = recipe.ShortSide });
        VideoWriter? writer = null;
        try
        {
            reader.Seek(begin);
            while (reader.ReadNext(frame, format.Width, format.Height))
            {
                cancellation.ThrowIfCancellationRequested();
                int segment = recipe.SegmentOf(frame.Seconds);
                if (segment < number)
                    continue; // Shown where the segment begins, but begun before it.
                if (segment > number)
                    break;
                writer ??= new VideoWriter(temporary, ProxyRecipe.EncodingOf(format.Width, format.Height, reader.Info.FramesPerSecond));
                writer.Write(frame, ProxyRecipe.Ticks(frame.Seconds) - ProxyRecipe.Ticks(starts.Count == 0 ? frame.Seconds : starts[0]));
                starts.Add(frame.Seconds);
                double done = frame.Seconds - begin;
                if (done - told >= ReportSeconds)
                {
                    advance(done - told);
                    told = done;
                }
            }
            writer?.Finish();
        }
        finally
        {
            writer?.Dispose();
        }
        IEnumerable<double> damage = reader.Damage.All
            .Where(span => span.To > begin && span.From < begin + recipe.SegmentSeconds).Select(span => Math.Max(begin, span.From));
        ProxySegment.Publish(folder, number, writer is null ? null : temporary, starts, damage);
        advance(recipe.SegmentSeconds - told);
    }
}
