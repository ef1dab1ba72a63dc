using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>Forward with one query an image: nothing is packed, every key and value is read once.</summary>
internal unsafe struct SingleQueryForward<L, V> : IParallelWork
    where L : ILanes<V>
    where V : struct
{
    public AttentionSize Size;
    public float* Output;
    public float* LogSumExp;
    public float* ClsAttention;
    public HeadRows Query;
    public HeadRows Key;
    public HeadRows Value;
    public float* Scratch;

    /// <summary>Scratch memory a worker needs.</summary>
    public static long Floats(AttentionSize size) => (size.Tokens + 31) / 16 * 16;

    public readonly int Phases => 1;

    public readonly int Parts(int phase) => Size.Batch * Size.Heads;

    public readonly void Run(int phase, int part, int worker)
    {
        int image = part / Size.Heads, head = part % Size.Heads;
        float* scores = Scratch + (worker * Floats(Size));
        float* query = Query.Head(image, 1, head, Size.HeadDim);
        float* key = Key.Head(image, Size.Tokens, head, Size.HeadDim);
        float* value = Value.Head(image, Size.Tokens, head, Size.HeadDim);
        float* output = Output + ((long)image * Size.Width) + (head * Size.HeadDim);
        for (int j = 0; j < Size.Tokens; j++)
        {
            scores[j] = HeadVectors<L, V>.Dot(query, key + ((long)j * Key.Stride), Size.HeadDim);
        }

        float inverseSum;
        HeadVectors<L, V>.Exponentiate(scores, 0, 1, Size.Tokens, Size.Scale, LogSumExp + part, &inverseSum);
        HeadVectors<L, V>.CopyScaled(scores, scores, Size.Tokens, inverseSum);
        new Span<float>(output, Size.HeadDim).Clear();
        for (int j = 0; j < Size.Tokens; j++)
        {
            HeadVectors<L, V>.AddScaled(output, value + ((long)j * Value.Stride), Size.HeadDim, scores[j]);
        }

        if (ClsAttention != null)
        {
            new Span<float>(scores, Size.Tokens).CopyTo(new Span<float>(ClsAttention + ((long)part * Size.Tokens), Size.Tokens));
        }
    }
}
