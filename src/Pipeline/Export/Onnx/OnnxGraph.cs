using System.Runtime.InteropServices;
using Google.Protobuf;

namespace DoRA.Pipeline.Export.Onnx;

/// <summary>An ONNX graph while it is put together. A node's output has the name of the node.</summary>
internal sealed class OnnxGraph(string name)
{
    /// <summary>The standard operators' version: the first with LayerNormalization, which any present runtime knows.</summary>
    private const int OperatorSet = 17;

    /// <summary>The format's version that came with <see cref="OperatorSet"/>.</summary>
    private const int FormatVersion = 8;

    private readonly GraphProto _graph = new() { Name = name };

    /// <param name="shape">Sizes; 0 stands for a batch of any size.</param>
    public string Input(string name, params ReadOnlySpan<int> shape)
    {
        _graph.Input.Add(Value(name, shape));
        return name;
    }

    /// <inheritdoc cref="Input"/>
    public void Output(string name, params ReadOnlySpan<int> shape) => _graph.Output.Add(Value(name, shape));

    public string Constant(string name, float[] values, params ReadOnlySpan<int> shape) =>
        Constant(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    public string Constant(string name, params long[] values) =>
        Constant(name, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values.AsSpan()), [values.Length]);

    public string Node(string operation, string name, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        Node(operation, name, inputs, [name], attributes);
        return name;
    }

    public void Node(
        string operation, string name, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        NodeProto node = new() { OpType = operation, Name = name };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(outputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        _graph.Node.Add(node);
    }

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    public static AttributeProto Attribute(string name, params ReadOnlySpan<long> values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.ToArray());
        return attribute;
    }

    public ModelProto Model(string producerVersion, string description, IReadOnlyDictionary<string, string> metadata)
    {
        ModelProto model = new()
        {
            IrVersion = FormatVersion,
            ProducerName = "DoRA",
            ProducerVersion = producerVersion,
            DocString = description,
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        model.MetadataProps.AddRange(metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }));
        return model;
    }

    private string Constant(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> shape)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (int size in shape)
        {
            tensor.Dims.Add(size);
        }

        _graph.Initializer.Add(tensor);
        return name;
    }

    private static ValueInfoProto Value(string name, ReadOnlySpan<int> shape)
    {
        TensorShapeProto sizes = new();
        foreach (int size in shape)
        {
            sizes.Dim.Add(size == 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "batch" }
                : new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        TypeProto.Types.Tensor type = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = sizes };
        return new() { Name = name, Type = new() { TensorType = type } };
    }
}
