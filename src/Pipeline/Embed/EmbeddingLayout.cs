using DoRA.Model;

namespace DoRA.Pipeline.Embed;

/// <summary>What a row's vector is made of.</summary>
public enum EmbeddedTokens
{
    /// <summary>The CLS token, [d].</summary>
    Cls,

    /// <summary>The patch tokens, [rows, columns, d].</summary>
    Patches,
}

/// <summary>The shape of the rows.</summary>
/// <param name="Size">Side of the picture that the network sees, in pixels.</param>
public sealed record EmbeddingLayout(EmbeddedTokens Tokens, VisionTransformerConfiguration Network, int Size)
{
    /// <summary>A row's sizes.</summary>
    public int[] Shape { get; } = Tokens == EmbeddedTokens.Cls
        ? [Network.Width]
        : [Network.GridOf(Size, Size).Rows, Network.GridOf(Size, Size).Columns, Network.Width];

    public int Length => Shape.Aggregate(1, (product, size) => product * size);

    /// <summary>A picture's row out of its tokens [1 + n, d].</summary>
    public float[] Row(ReadOnlySpan<float> tokens) =>
        (Tokens == EmbeddedTokens.Cls ? tokens[..Network.Width] : tokens[Network.Width..]).ToArray();
}
