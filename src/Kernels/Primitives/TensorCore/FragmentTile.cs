using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// 32 elements of k, read by ldmatrix. A line has 64 bytes, and chunk c of line l lies at place c ^ (l / 2 mod 4), so that eight lines
/// that ldmatrix reads at once fill all banks. Where k goes down the rows each k has 256 bytes, chunk c of k lies at place c ^ (k mod 8),
/// so that eight k fill all banks, and ldmatrix transposes.
/// </summary>
internal readonly struct FragmentTile : IProductTile
{
    private const int LineBytes = 64, DepthBytes = 256;

    public int GroupSize => TensorCoreProduct.GroupSize;

    public int StepDepth => TensorCoreProduct.StepDepth;

    public int LinePlace(int line, int chunk) => (line * LineBytes) + ((chunk ^ ((line >> 1) & 3)) << 4);

    public int ColumnPlace(int k, int chunk) => (k * DepthBytes) + ((chunk ^ (k & 7)) << 4);

    /// <summary>Where in a tile the row of an 8 x 8 matrix lies that this lane hands to ldmatrix.</summary>
    /// <param name="isTransposed">A constant: k goes down the rows.</param>
    /// <param name="firstLine">The warp's first line, a multiple of 64.</param>
    /// <param name="lineHalf">Which eight of 16 lines.</param>
    /// <param name="depthHalf">Which eight of 16 k.</param>
    public int FragmentOffset(bool isTransposed, int firstLine, int lineHalf, int depthHalf) => isTransposed
        ? ColumnPlace((Warp.LaneIdx & 7) + (depthHalf << 3), (firstLine >> 3) + lineHalf)
        : LinePlace(firstLine + (Warp.LaneIdx & 7) + (lineHalf << 3), depthHalf);

    /// <summary>The fragment of lines 16 i to 16 i + 15 and one half of the step's k.</summary>
    // Lines 16 apart are permuted alike; the other half of k lies two chunks further, which is one bit of the address. Where k goes down
    // the rows 16 lines are two chunks, bits of the address that the permutation only flips; k 16 apart are permuted alike.
    public static Quad Fragment(bool isTransposed, int tile, int offset, int i, int half) => isTransposed
        ? TensorCoreIntrinsics.LoadMatricesTransposed(tile + (offset ^ (i * 32)), half * 16 * DepthBytes)
        : TensorCoreIntrinsics.LoadMatrices(tile + (offset ^ (half * 32)), i * 16 * LineBytes);
}
