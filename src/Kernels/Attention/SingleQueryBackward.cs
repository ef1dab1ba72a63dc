using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>Backward with one query an image: each key and value is read once, and its gradient written once.</summary>
internal unsafe struct SingleQueryBackward<L, V> : IParallelWork
    where L : ILanes<V>
    where V : struct
{
    public AttentionSize Size;
    public HeadRows DQuery;
    public HeadRows DKey;
    public HeadRows DValue;
    public HeadRows DOutput;
    public HeadRows Output;
    public float* LogSumExp;
    public HeadRows Query;
    public HeadRows Key;
    public HeadRows Value;

    public readonly int Phases => 1;

    public readonly int Parts(int phase) => Size.Batch * Size.Heads;

    public readonly void Run(int phase, int part, int worker)
    {
        int image = part / Size.Heads, head = part % Size.Heads, headDim = Size.HeadDim;
        float* query = Query.Head(image, 1, head, headDim);
        float* dQuery = DQuery.Head(image, 1, head, headDim);
        float* dOutput = DOutput.Head(image, 1, head, headDim);
        float dot = HeadVectors<L, V>.Dot(dOutput, Output.Head(image, 1, head, headDim), headDim);
        new Span<float>(dQuery, headDim).Clear();
        for (int j = 0; j < Size.Tokens; j++)
        {
            float* key = Key.Head(image, Size.Tokens, head, headDim) + ((long)j * Key.Stride);
            float* value = Value.Head(image, Size.Tokens, head, headDim) + ((long)j * Value.Stride);
            float probability = MathF.Exp((HeadVectors<L, V>.Dot(query, key, headDim) * Size.Scale) - LogSumExp[part]);
            float dScore = probability * (HeadVectors<L, V>.Dot(dOutput, value, headDim) - dot) * Size.Scale;
            HeadVectors<L, V>.AddScaled(dQuery, key, headDim, dScore);
            HeadVectors<L, V>.CopyScaled(DKey.Head(image, Size.Tokens, head, headDim) + ((long)j * DKey.Stride), query, headDim, dScore);
            HeadVectors<L, V>.CopyScaled(DValue.Head(image, Size.Tokens, head, headDim) + ((long)j * DValue.Stride), dOutput, headDim, probability);
        }
    }
}
