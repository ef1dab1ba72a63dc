using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Evaluation;

/// <summary>A backbone whose weights stay, with memory for one batch at a time. Pictures come as normalised planes [count, 3, height,
/// width].</summary>
public sealed class FrozenEncoder : IDisposable
{
    private readonly string _prefix;
    private readonly ParameterStore _store;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly VisionTransformer _backbone;

    /// <param name="prefix">Put before the parameters' names in <see cref="Parameters"/>.</param>
    /// <exception cref="UserException">The sizes do not fit together.</exception>
    public FrozenEncoder(
        Device device, VisionTransformerConfiguration configuration, string prefix = "",
            LinearInitialisation initialisation = LinearInitialisation.TruncatedNormal)
    {
        _prefix = prefix;
        _store = new(device);
        _backbone = new(_store, prefix, configuration, initialisation);
        _store.Allocate(withGradients: false);
        _arena = new(device);
        _tape = new(_arena);
    }

    public Device Device => _store.Device;

    public VisionTransformerConfiguration Configuration => _backbone.Configuration;

    public ParameterStore Parameters => _store;

    /// <summary>d.</summary>
    public int Width => Configuration.Width;

    /// <summary>CLS tokens after the final norm, [count, d].</summary>
    public float[] Cls(float[] planes, int count, int height, int width) => Run(planes, count, height, width, images =>
    {
        Tensor embeddings = _backbone.Embed(_tape, images);
        return Download(_backbone.ForwardCls(_tape, _backbone.Assemble(_tape, embeddings, images)).Data);
    });

    /// <summary>All tokens after the final norm, [count, 1 + n, d], the CLS token first.</summary>
    public float[] Tokens(float[] planes, int count, int height, int width) =>
        Run(planes, count, height, width, images => Download(_backbone.Forward(_tape, images).Tokens.Data));

    /// <summary>The last <paramref name="blocks"/> blocks' outputs after the final norm, each [count, 1 + n, d], the last block's
    /// last.</summary>
    public float[][] LastBlocks(float[] planes, int count, int height, int width, int blocks) =>
        Run(planes, count, height, width, images =>
            _backbone.ForwardLastBlocks(_tape, images, blocks).Select(tokens => Download(tokens.Data)).ToArray());

    /// <summary>What discovery reads of one picture's last block.</summary>
    public LastBlock LastBlockOf(float[] planes, int height, int width) => Run(planes, 1, height, width, images =>
    {
        VisionFeatures features = _backbone.Forward(_tape, images);
        (int rows, int columns) = Configuration.GridOf(height, width);
        float[] qkv = Download(features.Qkv.Data), keys = new float[rows * columns * Width];
        for (int patch = 0; patch < rows * columns; patch++)
        {
            qkv.AsSpan(((1 + patch) * 3 * Width) + Width, Width).CopyTo(keys.AsSpan(patch * Width));
        }

        return new LastBlock(rows, columns, keys, Download(features.ClsAttention));
    });

    /// <summary>The position embedding of a grid of patches, [1 + rows · columns, d], the CLS token's first.</summary>
    public float[] PositionEmbedding(int rows, int columns)
    {
        using Tape.NoGradScope scope = _tape.NoGrad();
        float[] position = Download(_backbone.PositionEmbedding(_tape, rows, columns).Data);
        _tape.Reset();
        return position;
    }

    /// <summary>The backbone's weights under the names of timm and DINO (<c>blocks.0.attn.qkv.weight</c>, …), copied to the host.</summary>
    public Dictionary<string, HostTensor> Weights() => _store.Parameters.ToDictionary(
        parameter => parameter.Name[_prefix.Length..], parameter => HostTensor.Of(Download(parameter.Data), [.. parameter.Shape]));

    /// <summary>Takes over the backbone of a network of this architecture, where the parameters here have its prefix.</summary>
    public void CopyFrom(Network network)
    {
        foreach (Parameter parameter in Parameters.Parameters)
        {
            Device.Copy(parameter.Data, network.Parameters[parameter.Name].Data);
        }
    }

    /// <summary>Discovers objects in a clip's first frame, with the first heads, and tracks them through the others.</summary>
    /// <param name="planes">[frames, 3, height, width].</param>
    /// <exception cref="UserException">There are fewer heads than objects.</exception>
    public TrackedClip Track(float[] planes, int frames, int height, int width, TrackerConfiguration tracker, Fidelity fidelity)
    {
        tracker.Validate(Configuration.Heads);
        return Run(planes, frames, height, width, images =>
        {
            Tensor tokens = _backbone.Assemble(_tape, _backbone.Embed(_tape, images), images);
            _backbone.ForwardTracking(_tape, tokens, clips: 1, out TrackingFeatures features);
            (int rows, int columns) = Configuration.GridOf(height, width);
            DeviceSpan heads = _arena.Rent(tracker.Objects, ElementType.Int32);
            Device.Upload<int>(heads, [.. Enumerable.Range(0, tracker.Objects)]);
            TrackedObjects found = new ObjectTracker(tracker, fidelity).Track(
                _arena, features, heads, new(1, frames, Configuration.Heads, rows * columns, Width, tracker.Objects));
            return new TrackedClip(frames, tracker.Objects, rows, columns, Download(found.Maps), Download(found.Masks))
            {
                Similarity = found.Similarity.IsEmpty ? [] : Download(found.Similarity),
                Assignment = found.Assignment.IsEmpty ? [] : Download(found.Assignment),
            };
        });
    }

    /// <summary><c>A Bᵀ</c> on the device: rows [aRows, width] against rows [bRows, width] give [aRows, bRows].</summary>
    public float[] Products(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int width)
    {
        int aRows = a.Length / width, bRows = b.Length / width;
        DeviceSpan left = Upload(a), right = Upload(b), product = _tape.Arena.Rent((long)aRows * bRows, ElementType.Float32);
        Device.Kernels.Linear.Forward(product, new(left, width), right, new(aRows, width, bRows), default);
        float[] result = Download(product);
        _tape.Reset();
        return result;
    }

    public void Dispose()
    {
        _arena.Dispose();
        _store.Dispose();
    }

    private T Run<T>(float[] planes, int count, int height, int width, Func<ImageBatch, T> forward)
    {
        using Tape.NoGradScope scope = _tape.NoGrad();
        T result = forward(new(Upload(planes.AsSpan(0, count * 3 * height * width)), count, height, width));
        _tape.Reset();
        return result;
    }

    private DeviceSpan Upload(ReadOnlySpan<float> values)
    {
        DeviceSpan span = _tape.Arena.Rent(values.Length, ElementType.Float32);
        Device.Upload(span, values);
        return span;
    }

    private float[] Download(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        Device.Download<float>(values, span);
        return values;
    }
}

/// <summary>What discovery reads of one picture's last block.</summary>
/// <param name="Rows">Rows of patches.</param>
/// <param name="Columns">Columns of patches.</param>
/// <param name="Keys">[rows · columns, d], heads side by side.</param>
/// <param name="ClsAttention">[heads, 1 + rows · columns]: what the CLS token attends to.</param>
public sealed record LastBlock(int Rows, int Columns, float[] Keys, float[] ClsAttention)
{
    /// <summary>One head's attention of the CLS token to the patches.</summary>
    public float[] PatchAttention(int head)
    {
        int tokens = 1 + (Rows * Columns);
        return ClsAttention.AsSpan((head * tokens) + 1, tokens - 1).ToArray();
    }
}
