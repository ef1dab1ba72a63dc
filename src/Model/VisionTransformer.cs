using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Model.Layers;

namespace DoRA.Model;

/// <summary>
/// The vision transformer: patches, a CLS token, a learned position embedding, pre-norm blocks, a final norm. Parameters carry the
/// authors' names.
/// </summary>
public sealed class VisionTransformer
{
    private readonly Parameter _clsToken, _position, _patchWeight, _patchBias;
    private readonly TransformerBlock[] _blocks;
    private readonly LayerNormLayer _norm;

    /// <summary>Declares the parameters in <paramref name="store"/>, in the authors' order.</summary>
    /// <param name="prefix">Put before each name: <c>backbone.</c> in a checkpoint, nothing in a bare backbone.</param>
    /// <exception cref="UserException">The sizes do not fit together.</exception>
    public VisionTransformer(
        ParameterStore store,
        string prefix,
        VisionTransformerConfiguration configuration,
        LinearInitialisation initialisation = LinearInitialisation.TruncatedNormal)
    {
        configuration.Validate();
        Configuration = configuration;
        (int d, int p) = (configuration.Width, configuration.Patch);
        Initialisation normal = Initialisation.Normal(LinearInitialisations.Deviation);
        Initialisation convolution = Initialisation.UniformFanIn(3 * p * p);
        _clsToken = store.Add($"{prefix}cls_token", normal, true, 1, 1, d);
        _position = store.Add($"{prefix}pos_embed", normal, true, 1, 1 + (configuration.Grid * configuration.Grid), d);
        _patchWeight = store.Add($"{prefix}patch_embed.proj.weight", convolution, true, d, 3, p, p);
        _patchBias = store.Add($"{prefix}patch_embed.proj.bias", convolution, true, d);
        _blocks = [.. Enumerable.Range(0, configuration.Depth)
            .Select(i => new TransformerBlock(store, $"{prefix}blocks.{i}", configuration, initialisation))];
        _norm = new(store, $"{prefix}norm", d);
    }

    public VisionTransformerConfiguration Configuration { get; }

    private TransformerBlock LastBlock => _blocks[^1];

    /// <summary>The patch projection of every picture, [images, n, d].</summary>
    /// <exception cref="UserException">The pictures cannot be cut into whole patches.</exception>
    public Tensor Embed(Tape tape, ImageBatch images)
    {
        Configuration.GridOf(images.Height, images.Width);
        return PatchEmbeddingOp.Forward(tape, images.Pixels, _patchWeight, _patchBias,
            new(images.Count, images.Height, images.Width, Configuration.Patch, Configuration.Width));
    }

    /// <summary>
    /// Token sequences [images · viewsPerImage, 1 + n, d] from embedded pictures; view v shows picture v / viewsPerImage.
    /// </summary>
    /// <param name="masks">[images · viewsPerImage, n] float32: 0 hides a patch, 1 shows it. Absent shows all.</param>
    public Tensor Assemble(Tape tape, Tensor embeddings, ImageBatch images, DeviceSpan masks = default, int viewsPerImage = 1)
    {
        (int rows, int columns) = Configuration.GridOf(images.Height, images.Width);
        Tensor position = PositionEmbedding(tape, rows, columns);
        Tensor tokens = TokenAssemblyOp.Forward(tape, embeddings, masks, viewsPerImage, _patchBias, _clsToken, position);
        tape.Release(position);
        return tokens;
    }

    /// <summary>The position embedding of a grid of patches, [1 + rows · columns, d], the CLS token's first.</summary>
    public Tensor PositionEmbedding(Tape tape, int rows, int columns) =>
        PositionEmbeddingOp.Forward(tape, _position, new(Configuration.Grid, rows, columns, Configuration.Width));

    /// <summary>All tokens after the final norm, with the last block's queries, keys, values and CLS attention.</summary>
    /// <exception cref="UserException">The pictures cannot be cut into whole patches.</exception>
    public VisionFeatures Forward(Tape tape, ImageBatch images) => ForwardTokens(tape, Tokenize(tape, images));

    /// <summary>The same from token sequences [images, 1 + n, d], which are used up.</summary>
    public VisionFeatures ForwardTokens(Tape tape, Tensor tokens)
    {
        Tensor x = BeforeLastBlock(tape, tokens, default);
        DeviceSpan clsAttention = tape.Arena.Rent((long)x.Shape[0] * Configuration.Heads * x.Shape[1], ElementType.Float32);
        Tensor y = LastBlock.Forward(tape, x, default, clsAttention, out Tensor qkv);
        return new(FinalNorm(tape, y), qkv, clsAttention);
    }

    /// <summary>
    /// The last <paramref name="count"/> blocks' outputs, each after the final norm, [images, 1 + n, d], the last block's last.
    /// </summary>
    /// <exception cref="UserException">The pictures cannot be cut into whole patches.</exception>
    public IReadOnlyList<Tensor> ForwardLastBlocks(Tape tape, ImageBatch images, int count)
    {
        List<Tensor> outputs = [];
        Tensor x = Tokenize(tape, images);
        for (int i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(tape, x, default);
            if (i >= _blocks.Length - count)
            {
                outputs.Add(_norm.Forward(tape, x));
            }
        }

        tape.Release(x);
        return outputs;
    }

    /// <summary>Only the CLS token after the final norm, [views, d]; of the last block nothing else is computed.</summary>
    /// <param name="tokens">[views, 1 + n, d] from <see cref="Assemble"/>; used up.</param>
    public Tensor ForwardCls(Tape tape, Tensor tokens, StochasticDepth depth = default)
    {
        Tensor x = BeforeLastBlock(tape, tokens, depth);
        Tensor cls = LastBlock.ForwardCls(tape, x, depth.Draw(tape, _blocks.Length - 1, x.Shape[0], 1));
        return FinalNorm(tape, cls);
    }

    /// <summary>
    /// Every frame's CLS token after the final norm, [clips · frames, d], and what the tracker reads. Nothing is recorded.
    /// </summary>
    /// <param name="tokens">[clips · frames, 1 + n, d], a clip's frames side by side; used up.</param>
    public Tensor ForwardTracking(Tape tape, Tensor tokens, int clips, out TrackingFeatures features)
    {
        using Tape.NoGradScope scope = tape.NoGrad();
        TrackingBlockOutput last = LastBlock.ForwardTracking(tape, BeforeLastBlock(tape, tokens, default), clips);
        features = new()
        {
            Query = last.Query.Columns(0).Data,
            Key = last.KeyValue.Columns(0).Data,
            ClsAttention = last.ClsAttention,
            Tokens = FinalNorm(tape, last.FirstFrames).Data,
        };
        return FinalNorm(tape, last.Cls);
    }

    private Tensor Tokenize(Tape tape, ImageBatch images)
    {
        Tensor embeddings = Embed(tape, images);
        Tensor tokens = Assemble(tape, embeddings, images);
        tape.Release(embeddings);
        return tokens;
    }

    private Tensor BeforeLastBlock(Tape tape, Tensor x, StochasticDepth depth)
    {
        for (int i = 0; i < _blocks.Length - 1; i++)
        {
            x = _blocks[i].Forward(tape, x, depth.Draw(tape, i, x.Shape[0], x.Shape[1]));
        }

        return x;
    }

    private Tensor FinalNorm(Tape tape, Tensor x)
    {
        Tensor y = _norm.Forward(tape, x);
        tape.Release(x);
        return y;
    }
}
