namespace DoRA.PtxMachine.Checks;

/// <summary>
/// Vector clocks of a group's warps. Each warp counts its own steps between synchronisations; what warp w knows of warp u says which of
/// u's accesses are ordered before w's next one: those whose clock is lower than w's view of u. (FastTrack, Flanagan and Freund 2009.)
/// </summary>
internal sealed class GroupClocks
{
    private readonly uint[][] _views;
    private readonly uint[] _oldestView;

    public GroupClocks(int warps)
    {
        _views = [.. Enumerable.Range(0, warps).Select(_ => new uint[warps])];
        _oldestView = new uint[warps];
        Reset();
    }

    public void Reset()
    {
        foreach (uint[] view in _views) Array.Fill(view, 1u);
        Array.Fill(_oldestView, 1u);
    }

    /// <summary>What a warp knows of all warps.</summary>
    public uint[] View(int warp) => _views[warp];

    /// <summary>A warp's own clock, the stamp of its accesses.</summary>
    public uint Now(int warp) => _views[warp][warp];

    /// <summary>Accesses of any warp with a lower clock are ordered before this warp's next access.</summary>
    public uint OldestView(int warp) => _oldestView[warp];

    /// <summary>A warp hands what it knows, itself included, to those who wait, and goes on in a new step.</summary>
    public void Publish(int warp, uint[] joined)
    {
        _views[warp][warp]++;
        for (int u = 0; u < joined.Length; u++) joined[u] = Math.Max(joined[u], _views[warp][u]);
        SetOldest(warp);
    }

    /// <summary>A warp learns what others have published.</summary>
    public void Learn(int warp, uint[] joined)
    {
        uint[] view = _views[warp];
        for (int u = 0; u < joined.Length; u++) view[u] = Math.Max(view[u], joined[u]);
        SetOldest(warp);
    }

    /// <summary>The lanes of one warp are ordered among themselves.</summary>
    public void Advance(int warp)
    {
        _views[warp][warp]++;
        SetOldest(warp);
    }

    private void SetOldest(int warp) => _oldestView[warp] = _views[warp].Min();
}
