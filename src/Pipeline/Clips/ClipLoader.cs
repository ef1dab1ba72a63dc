using System.Diagnostics;
using System.Runtime.ExceptionServices;
using DoRA.Kernels;
using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// Makes batches ahead of the training, one clip a piece of work, on threads of its own: they read frames and draw the random numbers, and make the
/// views too where these go to a device of the host; a card makes them itself. A batch is a pure function of the settings and
/// its step: neither the number of threads nor where the run was started changes a bit of it. One thread consumes.
/// </summary>
public sealed class ClipLoader : IDisposable
{
    // Clips drawn before their share of damaged ones says something, and draws for one clip before there is no hope.
    private const int EnoughClips = 50, DrawsAtMost = 100;

    private readonly ClipLoaderSettings _settings;
    private readonly IClipSource _source;
    private readonly ViewSampler _sampler;
    private readonly ClipOrder _order;
    private readonly Slot[] _slots;
    private readonly Thread[] _threads;
    private readonly long _firstStep;

    // Guards all below; pulsed whenever a batch becomes whole, a slot free, or the end comes.
    private readonly object _gate = new();
    private long _nextPiece, _releasedBatches, _deliveredBatches, _drawnClips, _damagedClips;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopped;

    /// <param name="firstStep">The step whose batch <see cref="Next"/> gives first.</param>
    /// <param name="device">Where the views go.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is below one, or an epoch is smaller than a step.</exception>
    public ClipLoader(IClipSource source, ViewRules views, ClipLoaderSettings settings, Device device, long firstStep = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstStep);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Clips, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Frames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Ahead, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.ClipsPerEpoch, 1);
        (_source, _settings, _firstStep) = (source, settings, firstStep);
        _sampler = new(views, settings.Seed);
        _order = new(settings.Seed, settings.ClipsPerEpoch);

        // One more than are made ahead: the one in use.
        _slots = [.. Enumerable.Range(0, settings.Ahead + 1).Select(_ => new Slot(new ClipBatch(_sampler, settings.Clips, settings.Frames, device)))];
        _threads = [.. Enumerable.Range(0, settings.Workers).Select(i => new Thread(Work) { Name = $"clips {i}", IsBackground = true })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>How long <see cref="Next"/> has waited for data in all.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>
    /// The batch of the next step. It is valid until the next call: its memory is then filled anew.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    /// <exception cref="UserException">A video cannot be read, or too many clips fell on damaged pictures.</exception>
    public ClipBatch Next(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_stopped && _failure is null, this);
        using CancellationTokenRegistration registration = cancellation.Register(Pulse);
        lock (_gate)
        {
            ReleaseLast();
            long start = Stopwatch.GetTimestamp();
            while (!IsNextWhole)
            {
                _failure?.Throw();
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            Waited += Stopwatch.GetElapsedTime(start);
            return Deliver();
        }
    }

    /// <summary>As <see cref="Next"/>, but null where it would wait or throw; the batch in use then stays valid.</summary>
    public ClipBatch? NextIfReady()
    {
        lock (_gate)
        {
            if (!IsNextWhole)
            {
                return null;
            }

            ReleaseLast();
            return Deliver();
        }
    }

    /// <summary>Stops the threads, waiting for the frames that they are reading.</summary>
    public void Dispose()
    {
        _stopped = true;
        Pulse();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (Slot slot in _slots)
        {
            slot.Batch.Dispose();
        }
    }

    private void Work()
    {
        try
        {
            using ClipMaker maker = new(_source.Open(), _sampler.Rules);
            while (TakePiece(out long batch, out int clip))
            {
                if (Make(maker, batch, clip))
                {
                    Finish(batch);
                }
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, it belongs to the thread that waits for the data.
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(exception);
                _stopped = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for the next clip to make whose slot is free; false when it is time to stop.</summary>
    private bool TakePiece(out long batch, out int clip)
    {
        lock (_gate)
        {
            while (!_stopped && _nextPiece / _settings.Clips >= _releasedBatches + _slots.Length)
            {
                Monitor.Wait(_gate);
            }

            (batch, clip) = (_nextPiece / _settings.Clips, (int)(_nextPiece % _settings.Clips));
            _nextPiece++;
            return !_stopped;
        }
    }

    /// <summary>
    /// Makes a clip; false when it was left half-made because it is time to stop. A clip that falls on damaged pictures is drawn again,
    /// by random numbers of its own.
    /// </summary>
    private bool Make(ClipMaker maker, long batch, int clip)
    {
        long step = _firstStep + batch;
        int clipsOfStep = _settings.Clips * _settings.Ranks, clipOfStep = (_settings.Rank * _settings.Clips) + clip;
        PhiloxStream others = new(_settings.Seed, RandomPurpose.ReplacedClip, checked((uint)step), (uint)clipOfStep);
        ClipBatch target = SlotOf(batch).Batch;
        for (uint draw = 0; ; draw++)
        {
            ClipTimes times = _source.Choose(draw == 0 ? _order.Place((step * clipsOfStep) + clipOfStep) : others.Uniform(draw));
            target.Times[clip] = times;
            int frame = 0;
            while (frame < _settings.Frames && !_stopped
                && maker.Make(target, (clip * _settings.Frames) + frame, new(step, clipOfStep, frame), times.Video, times.Seconds[frame]))
            {
                frame++;
            }

            if (_stopped)
            {
                return false;
            }

            bool isDamaged = frame < _settings.Frames;
            Count(batch, isDamaged, draw, times.Video);
            if (!isDamaged)
            {
                return true;
            }
        }
    }

    /// <summary>Counts a clip that was drawn.</summary>
    /// <exception cref="UserException">Too many were damaged.</exception>
    private void Count(long batch, bool isDamaged, uint draw, int video)
    {
        lock (_gate)
        {
            _drawnClips++;
            if (!isDamaged)
            {
                return;
            }

            _damagedClips++;
            SlotOf(batch).DamagedClips++;
            if (draw == DrawsAtMost || (_drawnClips >= EnoughClips && _damagedClips > _settings.DamageLimit * _drawnClips))
            {
                throw VideoErrors.TooManyDamagedClips(_source.NameOf(video), _damagedClips, _drawnClips, _settings.DamageLimit);
            }
        }
    }

    private void Finish(long batch)
    {
        lock (_gate)
        {
            Slot slot = SlotOf(batch);
            if (++slot.Clips == _settings.Clips)
            {
                (slot.Batch.Step, slot.Batch.DamagedClips) = (_firstStep + batch, slot.DamagedClips);
                (slot.Clips, slot.DamagedClips, slot.WholeBatch) = (0, 0, batch);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Pulse()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private bool IsNextWhole => SlotOf(_deliveredBatches).WholeBatch == _deliveredBatches;

    private void ReleaseLast()
    {
        _releasedBatches = _deliveredBatches;
        Monitor.PulseAll(_gate);
    }

    private ClipBatch Deliver() => SlotOf(_deliveredBatches++).Batch;

    private Slot SlotOf(long batch) => _slots[batch % _slots.Length];

    private sealed class Slot(ClipBatch batch)
    {
        public ClipBatch Batch { get; } = batch;

        /// <summary>Clips finished of the batch in the making.</summary>
        public int Clips { get; set; }

        /// <summary>Clips of the batch in the making that were drawn again.</summary>
        public int DamagedClips { get; set; }

        /// <summary>The batch that lies here whole, counted from the first.</summary>
        public long WholeBatch { get; set; } = -1;
    }
}
