namespace DoRA.PtxMachine.Execution;

/// <summary>
/// Where a matrix of 16-bit elements lies in shared memory, as the 64-bit descriptor of `wgmma` says (PTX manual, "matrix descriptor
/// format" and "canonical layouts"). A matrix is read in chunks of 16 bytes, eight of which make a block of 8 x 8 elements: along k where
/// the matrix is K-major, else along the other dimension, m or n.
/// </summary>
internal readonly struct MatrixDescriptor(ulong bits, bool isKMajor)
{
    /// <summary>The offset of a repeating pattern that begins beside the boundary that its swizzle needs.</summary>
    public int BaseOffset => (int)(bits >> 49 & 7);

    /// <summary>Chunks in a row of a swizzle's atom: 1, 8, 4 or 2.</summary>
    private int AtomChunks => (int)(bits >> 62) switch { 0 => 1, 1 => 8, 2 => 4, _ => 2 };

    /// <summary>Shared addresses of the eight chunks of a block.</summary>
    /// <param name="line">Block along m or n.</param>
    /// <param name="depth">Block along k.</param>
    public unsafe void BlockAddresses(int line, int depth, ulong* address)
    {
        ulong leading = Decode(16), stride = Decode(32), atom = (ulong)AtomChunks;
        ulong first = Decode(0) + (isKMajor, atom) switch
        {
            (true, 1) => ((ulong)line * stride) + ((ulong)depth * leading),
            (true, _) => ((ulong)line * stride) + ((ulong)depth * 16),
            (false, 1) => ((ulong)line * stride) + ((ulong)depth * leading),
            (false, _) => ((ulong)line % atom * 16) + ((ulong)line / atom * leading) + ((ulong)depth * stride),
        };
        for (ulong row = 0; row < 8; row++)
        {
            ulong place = first + (row * atom * 16);
            address[row] = place ^ ((place >> 7 & (atom - 1)) << 4);
        }
    }

    private ulong Decode(int shift) => (bits >> shift & 0x3FFF) << 4;
}
