using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Export.Onnx;

/// <summary>
/// A frozen backbone as an ONNX model for pictures of one size: <c>image</c> [batch, 3, height, width], normalised by ImageNet's mean and
/// deviation, to <c>cls</c> [batch, d] and <c>patches</c> [batch, n, d] after the final norm.
/// </summary>
/// <remarks>
/// The CLS token and the position embedding, resized to the picture, are one constant: the patch embeddings get a row of zeros in front,
/// and the sum of both is added.
/// </remarks>
internal sealed class OnnxVisionTransformer
{
    public const string Image = "image", Cls = "cls", Patches = "patches";

    private const string QueryShape = "attention.split_heads", JoinedShape = "attention.join_heads", Scale = "attention.scale";
    private const string RootTwo = "gelu.root_two", One = "gelu.one", Half = "gelu.half";

    private readonly OnnxGraph _graph = new("VisionTransformer");
    private readonly VisionTransformerConfiguration _sizes;
    private readonly Dictionary<string, HostTensor> _weights;
    private readonly int _height, _width, _patches;
    private readonly float[] _position;

    private OnnxVisionTransformer(FrozenEncoder encoder, int height, int width)
    {
        (int rows, int columns) = encoder.Configuration.GridOf(height, width);
        (_sizes, _height, _width, _patches) = (encoder.Configuration, height, width, rows * columns);
        _weights = encoder.Weights();
        _position = encoder.PositionEmbedding(rows, columns);
    }

    private int Width => _sizes.Width;

    /// <exception cref="Kernels.UserException">A side is not a multiple of the patch.</exception>
    public static ModelProto Build(FrozenEncoder encoder, int height, int width) => new OnnxVisionTransformer(encoder, height, width).Build();

    private ModelProto Build()
    {
        Constants();
        string x = Embed(_graph.Input(Image, 0, 3, _height, _width));
        for (int block = 0; block < _sizes.Depth; block++)
        {
            x = Block(x, $"blocks.{block}");
        }

        x = LayerNorm(x, "norm");
        _graph.Node("Split", "tokens", [x, _graph.Constant("tokens.sizes", 1, _patches)], ["tokens.cls", Patches], OnnxGraph.Attribute("axis", 1L));
        _graph.Node("Reshape", Cls, ["tokens.cls", _graph.Constant("cls.shape", 0, Width)]);
        _graph.Output(Cls, 0, Width);
        _graph.Output(Patches, 0, _patches, Width);
        return _graph.Model(
            CodeVersion.Current,
            "A vision transformer's CLS token and patch tokens after the final norm. Pictures are RGB in 0..1, less the mean, over the deviation.",
            new Dictionary<string, string>
            {
                ["mean"] = "0.485 0.456 0.406",
                ["deviation"] = "0.229 0.224 0.225",
                ["patch"] = $"{_sizes.Patch}",
                ["heads"] = $"{_sizes.Heads}",
            });
    }

    private void Constants()
    {
        _graph.Constant(QueryShape, 0, 0, _sizes.Heads, _sizes.HeadDim);
        _graph.Constant(JoinedShape, 0, 0, Width);
        _graph.Constant(Scale, [1 / MathF.Sqrt(_sizes.HeadDim)]);
        _graph.Constant(RootTwo, [MathF.Sqrt(2)]);
        _graph.Constant(One, [1f]);
        _graph.Constant(Half, [0.5f]);
    }

    private string Embed(string image)
    {
        string convolved = _graph.Node("Conv", "patch_embed.proj", [image, Weight("patch_embed.proj.weight"), Weight("patch_embed.proj.bias")],
            OnnxGraph.Attribute("kernel_shape", [_sizes.Patch, _sizes.Patch]), OnnxGraph.Attribute("strides", [_sizes.Patch, _sizes.Patch]));
        string flat = _graph.Node("Reshape", "patch_embed.flat", [convolved, _graph.Constant("patch_embed.shape", 0, Width, _patches)]);
        string rows = _graph.Node("Transpose", "patch_embed.rows", [flat], OnnxGraph.Attribute("perm", [0, 2, 1]));
        string padded = _graph.Node("Pad", "patch_embed.padded", [rows, _graph.Constant("patch_embed.pads", 0, 1, 0, 0, 0, 0)]);

        float[] position = [.. _position], cls = _weights["cls_token"].Floats();
        for (int i = 0; i < Width; i++)
        {
            position[i] += cls[i];
        }

        return Add("position_added", padded, _graph.Constant("cls_token_and_pos_embed", position, 1, 1 + _patches, Width));
    }

    private string Block(string x, string name)
    {
        string y = Add($"{name}.attn.residual", x, Attention(LayerNorm(x, $"{name}.norm1"), $"{name}.attn"));
        return Add($"{name}.mlp.residual", y, Mlp(LayerNorm(y, $"{name}.norm2"), $"{name}.mlp"));
    }

    private string Attention(string x, string name)
    {
        string[] qkv = [$"{name}.query", $"{name}.key", $"{name}.value"];
        string sizes = _graph.Constant($"{name}.sizes", Width, Width, Width);
        _graph.Node("Split", $"{name}.split", [Linear(x, $"{name}.qkv"), sizes], qkv, OnnxGraph.Attribute("axis", 2L));
        string Heads(string tensor, params ReadOnlySpan<long> order)
        {
            string split = _graph.Node("Reshape", $"{tensor}.split_heads", [tensor, QueryShape]);
            return _graph.Node("Transpose", $"{tensor}.heads", [split], OnnxGraph.Attribute("perm", order));
        }

        string products = _graph.Node("MatMul", $"{name}.products", [Heads(qkv[0], 0, 2, 1, 3), Heads(qkv[1], 0, 2, 3, 1)]);
        string scaled = _graph.Node("Mul", $"{name}.scaled", [products, Scale]);
        string weights = _graph.Node("Softmax", $"{name}.weights", [scaled], OnnxGraph.Attribute("axis", -1L));
        string attended = _graph.Node("MatMul", $"{name}.attended", [weights, Heads(qkv[2], 0, 2, 1, 3)]);
        string tokens = _graph.Node("Transpose", $"{name}.tokens", [attended], OnnxGraph.Attribute("perm", [0, 2, 1, 3]));
        return Linear(_graph.Node("Reshape", $"{name}.joined", [tokens, JoinedShape]), $"{name}.proj");
    }

    private string Mlp(string x, string name) => Linear(Gelu(Linear(x, $"{name}.fc1"), $"{name}.gelu"), $"{name}.fc2");

    /// <summary>x · ½ (1 + erf(x / √2)); an operator of its own only came with set 20.</summary>
    private string Gelu(string x, string name)
    {
        string erf = _graph.Node("Erf", $"{name}.erf", [_graph.Node("Div", $"{name}.over_root_two", [x, RootTwo])]);
        string twice = _graph.Node("Mul", $"{name}.twice", [x, Add($"{name}.one_more", erf, One)]);
        return _graph.Node("Mul", name, [twice, Half]);
    }

    private string LayerNorm(string x, string name) => _graph.Node(
        "LayerNormalization", name, [x, Weight($"{name}.weight"), Weight($"{name}.bias")],
        OnnxGraph.Attribute("axis", -1L), OnnxGraph.Attribute("epsilon", VisionTransformerConfiguration.LayerNormEpsilon));

    private string Linear(string x, string name)
    {
        string product = _graph.Node("MatMul", $"{name}.product", [x, Transposed($"{name}.weight")]);
        return Add(name, product, Weight($"{name}.bias"));
    }

    private string Add(string name, string a, string b) => _graph.Node("Add", name, [a, b]);

    private string Weight(string name)
    {
        HostTensor tensor = _weights[name];
        return _graph.Constant(name, tensor.Floats(), [.. tensor.Shape]);
    }

    /// <summary>A weight [outputs, inputs] as MatMul takes it: [inputs, outputs].</summary>
    private string Transposed(string name)
    {
        HostTensor tensor = _weights[name];
        (int outputs, int inputs) = (tensor.Shape[0], tensor.Shape[1]);
        float[] values = tensor.Floats(), transposed = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            transposed[(i % inputs * outputs) + (i / inputs)] = values[i];
        }

        return _graph.Constant($"{name}.transposed", transposed, inputs, outputs);
    }
}
