using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>What a full pass of the vision transformer gives.</summary>
/// <param name="Tokens">[images, 1 + n, d] after the final norm, CLS first, patches in row-major order.</param>
/// <param name="Qkv">[images, 1 + n, 3d]: the last block's queries, keys and values side by side, heads side by side in each.</param>
/// <param name="ClsAttention">[images, heads, 1 + n] float32: the last block's attention of the CLS token.</param>
public sealed record VisionFeatures(Tensor Tokens, Tensor Qkv, DeviceSpan ClsAttention)
{
    /// <summary>d.</summary>
    public int Width => Tokens.Width;

    /// <summary>Queries, a row of d a token.</summary>
    public RowSpan Query => Qkv.Columns(0).Data;

    /// <summary>Keys, a row of d a token.</summary>
    public RowSpan Key => Qkv.Columns(Width).Data;

    /// <summary>Values, a row of d a token.</summary>
    public RowSpan Value => Qkv.Columns(2 * Width).Data;
}
