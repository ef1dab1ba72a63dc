using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Kernels.Attention;

namespace DoRA.Model.Layers;

/// <summary>
/// A pre-norm block: <c>x ← x + proj(attention(norm1 x)); x ← x + fc2(gelu(fc1(norm2 x)))</c>. It uses its input up.
/// </summary>
internal sealed class TransformerBlock
{
    private readonly int _width, _heads;
    private readonly LayerNormLayer _norm1, _norm2;
    private readonly LinearLayer _qkv, _proj, _fc1, _fc2;

    public TransformerBlock(ParameterStore store, string name, VisionTransformerConfiguration sizes, LinearInitialisation initialisation)
    {
        (_width, _heads) = (sizes.Width, sizes.Heads);
        int hidden = _width * VisionTransformerConfiguration.MlpRatio;
        _norm1 = new(store, $"{name}.norm1", _width);
        _qkv = new(store, $"{name}.attn.qkv", _width, 3 * _width, initialisation);
        _proj = new(store, $"{name}.attn.proj", _width, _width, initialisation);
        _norm2 = new(store, $"{name}.norm2", _width);
        _fc1 = new(store, $"{name}.mlp.fc1", _width, hidden, initialisation);
        _fc2 = new(store, $"{name}.mlp.fc2", hidden, _width, initialisation);
    }

    /// <summary>All tokens, [views, tokens, d].</summary>
    public Tensor Forward(Tape tape, Tensor x, BranchScales scales)
    {
        Tensor y = Forward(tape, x, scales, default, out Tensor qkv);
        tape.Release(qkv);
        return y;
    }

    /// <summary>All tokens, with the packed projection [views, tokens, 3d] and the CLS token's attention [views, heads, tokens].</summary>
    public Tensor Forward(Tape tape, Tensor x, BranchScales scales, DeviceSpan clsAttention, out Tensor qkv)
    {
        Tensor normalized = _norm1.Forward(tape, x);
        qkv = _qkv.Forward(tape, normalized);
        tape.Release(normalized);
        Tensor attended = AttentionOp.Forward(
            tape, qkv.Columns(0), qkv.Columns(_width), qkv.Columns(2 * _width), SizeOf(x, x.Shape[1]), clsAttention);
        return Residuals(tape, x, attended, scales);
    }

    /// <summary>
    /// Only the CLS token's output, [views, d]: one query a head looks at all keys and values, and everything after
    /// attention runs on one token a view.
    /// </summary>
    public Tensor ForwardCls(Tape tape, Tensor x, BranchScales scales)
    {
        Tensor y = ForwardCls(tape, x, scales, out Tensor normalized, out Tensor keyValue);
        tape.Release(normalized, keyValue, x);
        return y;
    }

    /// <summary>
    /// The teacher's last block. Of every frame the CLS token's output and the keys; of each clip's first frame everything: queries,
    /// the CLS token's attention and all tokens' output.
    /// </summary>
    /// <param name="x">[clips · frames, tokens, d], a clip's frames side by side.</param>
    public TrackingBlockOutput ForwardTracking(Tape tape, Tensor x, int clips)
    {
        int tokens = x.Shape[1];
        Tensor cls = ForwardCls(tape, x, default, out Tensor normalized, out Tensor keyValue);
        Tensor firstFrames = FirstFrames(tape, x, clips);
        Tensor query = _qkv.ForwardOutputs(tape, FirstFrames(tape, normalized, clips), 0, _width);
        Tensor firstKeyValue = FirstFrames(tape, keyValue, clips);
        DeviceSpan clsAttention = tape.Arena.Rent((long)clips * _heads * tokens, ElementType.Float32);
        Tensor attended = AttentionOp.Forward(
            tape, query, firstKeyValue.Columns(0), firstKeyValue.Columns(_width), SizeOf(firstFrames, tokens), clsAttention);
        Tensor first = Mlp(tape, _proj.Forward(tape, attended, residual: firstFrames), default);
        return new(cls, keyValue, query, clsAttention, first);
    }

    private Tensor ForwardCls(Tape tape, Tensor x, BranchScales scales, out Tensor normalized, out Tensor keyValue)
    {
        normalized = _norm1.Forward(tape, x);
        // The query comes first so that on the way back its share is added to the keys' and values' whole one.
        Tensor query = _qkv.ForwardOutputs(tape, normalized.FirstRows(), 0, _width);
        keyValue = _qkv.ForwardOutputs(tape, normalized, _width, 2 * _width);
        Tensor attended = AttentionOp.Forward(tape, query, keyValue.Columns(0), keyValue.Columns(_width), SizeOf(x, 1));
        tape.Release(query);
        return Residuals(tape, ClsTokenOp.Forward(tape, x), attended, scales);
    }

    private Tensor Residuals(Tape tape, Tensor x, Tensor attended, BranchScales scales)
    {
        Tensor y = _proj.Forward(tape, attended, residual: x, rowScale: scales.Attention);
        tape.Release(attended, x);
        return Mlp(tape, y, scales.Mlp);
    }

    private Tensor Mlp(Tape tape, Tensor x, RowScale scale)
    {
        Tensor normalized = _norm2.Forward(tape, x);
        Tensor hidden = _fc1.Forward(tape, normalized, gelu: true);
        tape.Release(normalized);
        Tensor y = _fc2.Forward(tape, hidden, residual: x, rowScale: scale);
        tape.Release(hidden, x);
        return y;
    }

    private AttentionSize SizeOf(Tensor x, int queries) => new(x.Shape[0], queries, x.Shape[1], _heads, _width / _heads);

    /// <summary>Frame 0 of each clip, side by side.</summary>
    private static Tensor FirstFrames(Tape tape, Tensor x, int clips)
    {
        if (clips == x.Shape[0])
        {
            return x;
        }

        long frame = (long)x.Shape[1] * x.Width, clip = x.Length / clips;
        DeviceSpan first = clips == 1 ? x.Data.Slice(0, frame) : tape.Rent(clips * frame);
        for (int i = 0; clips > 1 && i < clips; i++)
        {
            tape.Device.Copy(first.Slice(i * frame, frame), x.Data.Slice(i * clip, frame));
        }

        return Tape.Constant(first, clips, x.Shape[1], x.Width);
    }
}
