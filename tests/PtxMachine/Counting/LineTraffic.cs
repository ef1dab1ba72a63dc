namespace DoRA.PtxMachine.Counting;

/// <summary>Memory traffic of one PTX line.</summary>
/// <param name="Line">Line of the text.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Requests">Warp-wide accesses.</param>
/// <param name="Bytes">Bytes that lanes asked for.</param>
/// <param name="Pieces">32-byte sectors of global memory, or passes over the banks of shared memory.</param>
/// <param name="Ideal">The fewest that could have carried the distinct bytes.</param>
public sealed record LineTraffic(int Line, string Text, long Requests, long Bytes, long Pieces, long Ideal);
