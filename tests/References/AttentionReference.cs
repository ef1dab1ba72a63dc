namespace DoRA.References;

/// <summary>Multi-head attention in double, with the whole matrix of probabilities. Rows are heads · headDim wide, dense.</summary>
public sealed record AttentionReference(int Batch, int Queries, int Tokens, int Heads, int HeadDim)
{
    private int Width => Heads * HeadDim;

    private double Scale => 1 / Math.Sqrt(HeadDim);

    /// <summary>Output [batch, queries, width], log-sum-exp [batch, heads, queries], probabilities [batch, heads, queries, tokens].</summary>
    public (double[] Output, double[] LogSumExp, double[] Probabilities) Forward(double[] query, double[] key, double[] value)
    {
        double[] output = new double[Batch * Queries * Width], logSumExp = new double[Batch * Heads * Queries];
        double[] probabilities = new double[Batch * Heads * Queries * Tokens];
        foreach ((int b, int h, int i) in Rows())
        {
            int row = (((b * Heads) + h) * Queries) + i;
            double[] scores = [.. Enumerable.Range(0, Tokens).Select(j => Scale * Dot(query, Query(b, i, h), key, Key(b, j, h)))];
            double maximum = scores.Max();
            logSumExp[row] = maximum + Math.Log(scores.Sum(score => Math.Exp(score - maximum)));
            for (int j = 0; j < Tokens; j++)
            {
                double probability = Math.Exp(scores[j] - logSumExp[row]);
                probabilities[(row * Tokens) + j] = probability;
                Add(output, Query(b, i, h), probability, value, Key(b, j, h));
            }
        }

        return (output, logSumExp, probabilities);
    }

    public (double[] DQuery, double[] DKey, double[] DValue) Backward(double[] dOutput, double[] query, double[] key, double[] value)
    {
        (double[] output, _, double[] probabilities) = Forward(query, key, value);
        double[] dQuery = new double[query.Length], dKey = new double[key.Length], dValue = new double[value.Length];
        foreach ((int b, int h, int i) in Rows())
        {
            double rowSum = Dot(dOutput, Query(b, i, h), output, Query(b, i, h));
            for (int j = 0; j < Tokens; j++)
            {
                double probability = probabilities[(((((b * Heads) + h) * Queries) + i) * Tokens) + j];
                double dScore = probability * (Dot(dOutput, Query(b, i, h), value, Key(b, j, h)) - rowSum) * Scale;
                Add(dValue, Key(b, j, h), probability, dOutput, Query(b, i, h));
                Add(dQuery, Query(b, i, h), dScore, key, Key(b, j, h));
                Add(dKey, Key(b, j, h), dScore, query, Query(b, i, h));
            }
        }

        return (dQuery, dKey, dValue);
    }

    private int Query(int image, int row, int head) => (((image * Queries) + row) * Width) + (head * HeadDim);

    private int Key(int image, int row, int head) => (((image * Tokens) + row) * Width) + (head * HeadDim);

    private IEnumerable<(int Image, int Head, int Row)> Rows() =>
        from image in Enumerable.Range(0, Batch) from head in Enumerable.Range(0, Heads) from row in Enumerable.Range(0, Queries) select (image, head, row);

    private double Dot(double[] a, int startA, double[] b, int startB)
    {
        double sum = 0;
        for (int d = 0; d < HeadDim; d++)
        {
            sum += a[startA + d] * b[startB + d];
        }

        return sum;
    }

    private void Add(double[] target, int startTarget, double factor, double[] source, int startSource)
    {
        for (int d = 0; d < HeadDim; d++)
        {
            target[startTarget + d] += factor * source[startSource + d];
        }
    }
}
