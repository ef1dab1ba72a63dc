namespace DoRA.Pipeline.Video;

/// <summary>
/// Follows packets in the order of decoding and says at which times pictures are damaged: whatever is decoded from a damaged packet on, up to
/// the next key frame, may be made of it. It forgets at a seek, so that what it says of a time depends on the key frame before that time alone.
/// Times are ticks of the stream's clock.
/// </summary>
/// <param name="found">Told each span: its first tick and the first after it.</param>
internal sealed class DamageTracker(Action<long, long> found)
{
    private readonly List<(long Time, bool IsKey)> _packets = [];
    private readonly List<(long From, long To)> _spans = [];
    private long _keyTime = long.MinValue, _openFrom = long.MaxValue, _decodableFrom = long.MinValue;
    private bool _sought, _gap;

    private long LastTime => _packets.Count > 0 ? _packets[^1].Time : long.MinValue;

    /// <summary>The next packet comes from elsewhere.</summary>
    public void Seek()
    {
        _packets.Clear();
        _spans.Clear();
        (_keyTime, _openFrom, _decodableFrom, _sought, _gap) = (long.MinValue, long.MaxValue, long.MinValue, true, false);
    }

    /// <summary>A packet is about to be decoded.</summary>
    public void Feed(long time, bool isKey)
    {
        long last = LastTime;
        if (_gap && last != long.MinValue)
            _openFrom = Math.Min(_openFrom, last + 1);
        if (isKey)
        {
            Close(time);

            // What is decoded after a key frame but shown before it needs the group before, which was not read after a seek.
            if (_sought)
                _decodableFrom = time;
            (_keyTime, _sought) = (time, false);
            int group = _packets.FindLastIndex(packet => packet.IsKey);
            _packets.RemoveRange(0, Math.Max(0, group));
        }
        else if (_gap && last == long.MinValue)
        {
            _openFrom = Math.Min(_openFrom, time);
        }

        _gap = false;
        _packets.Add((time, isKey));
        if (_openFrom != long.MaxValue && time >= _keyTime)
            _openFrom = Math.Min(_openFrom, time);
    }

    /// <summary>The packet that was fed last is damaged.</summary>
    public void Packet() => Spoil(_packets.Count - 1);

    /// <summary>Something was lost before the packet that comes next.</summary>
    public void Gap() => _gap = true;

    /// <summary>A picture came out damaged.</summary>
    public void Frame(long time)
    {
        int index = _packets.FindLastIndex(packet => packet.Time == time);
        Spoil(index >= 0 ? index : _packets.FindLastIndex(packet => packet.Time <= time));
    }

    /// <summary>No packet comes after this time.</summary>
    public void End(long time) => Close(time);

    /// <summary>Whether what should be shown at this time is damaged.</summary>
    public bool IsDamaged(long time) => time < _decodableFrom || time >= _openFrom || _spans.Exists(span => span.From <= time && time < span.To);

    /// <summary>Forgets what lies before a time.</summary>
    public void Passed(long time) => _spans.RemoveAll(span => span.To <= time);

    /// <summary>Everything from a packet on to the next key frame.</summary>
    private void Spoil(int index)
    {
        if (index < 0)
            return;
        int key = _packets.FindLastIndex(index, packet => packet.IsKey), next = _packets.FindIndex(index + 1, packet => packet.IsKey);
        long time = _packets[index].Time;
        if (time < _decodableFrom)
            return;
        if (key >= 0 && time < _packets[key].Time)
        {
            // Shown before its key frame: what comes after that does not refer to it.
            Add(time, _packets[key].Time);
            return;
        }

        for (int i = index; i < (next >= 0 ? next : _packets.Count); i++)
        {
            if (key < 0 || _packets[i].Time >= _packets[key].Time)
                time = Math.Min(time, _packets[i].Time);
        }
        if (next >= 0)
            Add(time, _packets[next].Time);
        else
            _openFrom = Math.Min(_openFrom, time);
    }

    private void Close(long to)
    {
        if (_openFrom < to)
            Add(_openFrom, to);
        _openFrom = long.MaxValue;
    }

    private void Add(long from, long to)
    {
        if (from >= to || _spans.Contains((from, to)))
            return;
        _spans.Add((from, to));
        found(from, to);
    }
}
