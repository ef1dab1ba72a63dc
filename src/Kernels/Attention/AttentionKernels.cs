namespace DoRA.Kernels.Attention;

/// <summary>Sizes of multi-head attention.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Queries">Query rows an image: all its tokens, or 1 where only the CLS token's output is used.</param>
/// <param name="Tokens">Key and value rows an image.</param>
/// <param name="Heads">Heads h; a row holds them side by side, h * HeadDim wide.</param>
/// <param name="HeadDim">Width of a head.</param>
public readonly record struct AttentionSize(int Batch, int Queries, int Tokens, int Heads, int HeadDim)
{
    public int Width => Heads * HeadDim;

    /// <summary>The scale 1/√HeadDim of the scores.</summary>
    public float Scale => 1f / MathF.Sqrt(HeadDim);
}

/// <summary>
/// <c>O = softmax(Q Kᵀ / √headDim) V</c> for each image and head, without ever storing the queries × tokens matrix:
/// forward keeps each row's log-sum-exp, backward forms the probabilities again from it.
/// Query row (image b, query i) is row <c>b * Queries + i</c>; key and value rows are <c>b * Tokens + j</c>; head h of a row
/// begins at <c>h * HeadDim</c>.
/// </summary>
public abstract class AttentionKernels
{
    /// <summary>Writes output [batch, queries, width], logSumExp [batch, heads, queries] (float32, natural logarithm of the sum of
    /// exponentials of the scaled scores) and, where given, clsAttention [batch, heads, tokens]: the probabilities of
    /// query 0, which object discovery reads.</summary>
    /// <param name="clsAttention">Optional.</param>
    public abstract void Forward(DeviceSpan output, DeviceSpan logSumExp, DeviceSpan clsAttention, RowSpan query, RowSpan key, RowSpan value, AttentionSize size);

    /// <summary>
    /// With P the probabilities, D = rowsum(dO ∘ O): <c>dV = Pᵀ dO; dS = P ∘ (dO Vᵀ − D); dQ = dS K/√headDim; dK = dSᵀ Q/√headDim</c>.
    /// Overwrites the three gradients, laid out like their operands.
    /// </summary>
    public abstract void Backward(RowSpan dQuery, RowSpan dKey, RowSpan dValue, DeviceSpan dOutput, DeviceSpan output, DeviceSpan logSumExp, RowSpan query, RowSpan key, RowSpan value, AttentionSize size);
}
