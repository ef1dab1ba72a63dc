using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using MathNet.Numerics;

namespace DoRA.Pipeline.Export.Onnx;

/// <summary>
/// Evaluates an ONNX model in numbers of type <typeparamref name="T"/> as the format defines its operators: those that
/// <see cref="OnnxVisionTransformer"/> writes, and of them the cases that it writes. It shares nothing with the engines, so that a file
/// can be checked against them.
/// </summary>
internal sealed class OnnxInterpreter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, OnnxTensor<T>> _values = [];
    private readonly Dictionary<string, long[]> _integers = [];

    private OnnxInterpreter(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (tensor.DataType == (int)TensorProto.Types.DataType.Int64)
            {
                _integers.Add(tensor.Name, MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray());
            }
            else
            {
                _values.Add(tensor.Name, new(
                    Array.ConvertAll(MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray(), T.CreateChecked),
                    [.. tensor.Dims.Select(size => (int)size)]));
            }
        }
    }

    /// <param name="input">The only input's numbers, [batch, …] with the sizes that the model states.</param>
    /// <returns>The outputs by name.</returns>
    /// <exception cref="NotSupportedException">The model has an operator that the exporter never writes.</exception>
    public static Dictionary<string, T[]> Run(ModelProto model, float[] input, int batch)
    {
        GraphProto graph = model.Graph;
        ValueInfoProto declared = graph.Input.Single();
        OnnxInterpreter<T> interpreter = new(graph);
        int[] shape = [batch, .. declared.Type.TensorType.Shape.Dim.Skip(1).Select(size => (int)size.DimValue)];
        interpreter._values.Add(declared.Name, new(Array.ConvertAll(input, T.CreateChecked), shape));
        Dictionary<string, int> lastUse = LastUses(graph);
        for (int i = 0; i < graph.Node.Count; i++)
        {
            interpreter.Evaluate(graph.Node[i]);
            foreach (string name in graph.Node[i].Input.Where(name => lastUse[name] == i))
            {
                interpreter._values.Remove(name);
            }
        }

        return graph.Output.ToDictionary(output => output.Name, output => interpreter._values[output.Name].Values);
    }

    private static Dictionary<string, int> LastUses(GraphProto graph)
    {
        Dictionary<string, int> uses = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            foreach (string name in graph.Node[i].Input)
            {
                uses[name] = i;
            }
        }

        return uses;
    }

    private void Evaluate(NodeProto node)
    {
        OnnxTensor<T> x = _values[node.Input[0]];
        OnnxTensor<T> Value(int input) => _values[node.Input[input]];
        AttributeProto Attribute(string name) => node.Attribute.Single(attribute => attribute.Name == name);
        if (node.OpType == "Split")
        {
            Split(x, x.Axis(Attribute("axis").I), _integers[node.Input[1]], node.Output);
            return;
        }

        _values.Add(node.Output[0], node.OpType switch
        {
            "Add" => Elementwise(x, Value(1), (a, b) => a + b),
            "Mul" => Elementwise(x, Value(1), (a, b) => a * b),
            "Div" => Elementwise(x, Value(1), (a, b) => a / b),
            "Erf" => new(Array.ConvertAll(x.Values, value => T.CreateChecked(SpecialFunctions.Erf(double.CreateChecked(value)))), x.Shape),
            "MatMul" => OnnxProducts.MatMul(x, Value(1)),
            "Conv" => OnnxProducts.PatchConvolution(x, Value(1), Value(2)),
            "Reshape" => new(x.Values, Reshaped(x, _integers[node.Input[1]])),
            "Transpose" => Transpose(x, [.. Attribute("perm").Ints.Select(axis => (int)axis)]),
            "Pad" => PadRowInFront(x, _integers[node.Input[1]]),
            "Softmax" => Rows(x, Softmax),
            "LayerNormalization" => LayerNorm(x, Value(1).Values, Value(2).Values, T.CreateChecked(Attribute("epsilon").F)),
            _ => throw new NotSupportedException($"The exporter never writes the operator {node.OpType}."),
        });
    }

    /// <summary>The second repeats itself along the first's leading axes, or stands for a single number.</summary>
    private static OnnxTensor<T> Elementwise(OnnxTensor<T> a, OnnxTensor<T> b, Func<T, T, T> operation)
    {
        T[] result = new T[a.Values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = operation(a.Values[i], b.Values[i % b.Values.Length]);
        }

        return new(result, a.Shape);
    }

    /// <summary>A size of 0 is the input's own.</summary>
    private static int[] Reshaped(OnnxTensor<T> x, long[] sizes) => [.. sizes.Select((size, axis) => size == 0 ? x.Shape[axis] : (int)size)];

    private static OnnxTensor<T> Transpose(OnnxTensor<T> x, int[] order)
    {
        int[] shape = [.. order.Select(axis => x.Shape[axis])], strides = [.. order.Select(axis => x.Count(axis + 1, x.Rank))];
        T[] result = new T[x.Values.Length];
        int[] place = new int[x.Rank];
        int source = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = x.Values[source];
            for (int axis = x.Rank - 1; axis >= 0; axis--)
            {
                source += strides[axis];
                if (++place[axis] < shape[axis])
                {
                    break;
                }

                source -= shape[axis] * strides[axis];
                place[axis] = 0;
            }
        }

        return new(result, shape);
    }

    private static OnnxTensor<T> PadRowInFront(OnnxTensor<T> x, long[] pads)
    {
        int front = (int)pads[1], items = x.Shape[0], length = x.Count(1, x.Rank), row = x.Count(2, x.Rank), padded = length + (front * row);
        T[] result = new T[items * padded];
        for (int item = 0; item < items; item++)
        {
            x.Values.AsSpan(item * length, length).CopyTo(result.AsSpan((item * padded) + (front * row)));
        }

        return new(result, [items, x.Shape[1] + front, .. x.Shape[2..]]);
    }

    private void Split(OnnxTensor<T> x, int axis, long[] sizes, RepeatedField<string> outputs)
    {
        int outer = x.Count(0, axis), inner = x.Count(axis + 1, x.Rank), start = 0;
        for (int part = 0; part < sizes.Length; part++)
        {
            int length = (int)sizes[part] * inner;
            T[] values = new T[outer * length];
            for (int i = 0; i < outer; i++)
            {
                x.Values.AsSpan((i * x.Shape[axis] * inner) + start, length).CopyTo(values.AsSpan(i * length));
            }

            start += length;
            _values.Add(outputs[part], new(values, [.. x.Shape[..axis], (int)sizes[part], .. x.Shape[(axis + 1)..]]));
        }
    }

    private static OnnxTensor<T> LayerNorm(OnnxTensor<T> x, T[] weight, T[] bias, T epsilon) => Rows(x, row =>
    {
        T width = T.CreateChecked(row.Length), mean = T.Zero, variance = T.Zero;
        foreach (T value in row)
        {
            mean += value / width;
        }

        foreach (T value in row)
        {
            variance += (value - mean) * (value - mean) / width;
        }

        T deviation = T.Sqrt(variance + epsilon);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = ((row[i] - mean) / deviation * weight[i]) + bias[i];
        }
    });

    private static void Softmax(Span<T> row)
    {
        T largest = row[0], sum = T.Zero;
        foreach (T value in row)
        {
            largest = T.Max(largest, value);
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] = T.Exp(row[i] - largest);
            sum += row[i];
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] /= sum;
        }
    }

    private static OnnxTensor<T> Rows(OnnxTensor<T> x, RowOperation operation)
    {
        T[] result = [.. x.Values];
        int width = x.Shape[^1];
        Parallel.For(0, result.Length / width, row => operation(result.AsSpan(row * width, width)));
        return new(result, x.Shape);
    }

    private delegate void RowOperation(Span<T> row);
}
