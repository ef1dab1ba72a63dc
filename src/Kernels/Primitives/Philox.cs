namespace DoRA.Kernels.Primitives;

/// <summary>
/// Counter-based random numbers, Philox 4×32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
/// number i of a stream is a pure function of the stream and i, so a resumed run draws the same numbers.
/// </summary>
public static class Philox
{
    /// <summary>The four words of block (counter, key).</summary>
    public static (uint A, uint B, uint C, uint D) Block(ulong counterLow, ulong counterHigh, ulong key)
    {
        uint a = (uint)counterLow, b = (uint)(counterLow >> 32), c = (uint)counterHigh, d = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong first = 0xD2511F53ul * a, second = 0xCD9E8D57ul * c;
            (a, b, c, d) = ((uint)(second >> 32) ^ b ^ k0, (uint)second, (uint)(first >> 32) ^ d ^ k1, (uint)first);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (a, b, c, d);
    }
}

/// <summary>What a random number is for; part of its key, so that no two purposes share numbers.</summary>
public enum RandomPurpose
{
    Initialisation,
    ClipOrder,
    ClipBox,
    GlobalView,
    LocalView,
    HeadDraw,
    StochasticDepth,
    RandomMask,
    Evaluation,
    ReplacedClip,
}

/// <summary>
/// A stream of random numbers, named by what it is for. Numbers are addressed, not consumed: <c>stream.Uniform(i)</c> is always the same.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Purpose">What the numbers are for.</param>
/// <param name="Step">Training step, or whatever else counts time.</param>
/// <param name="Item">Clip, block, tensor or view.</param>
public readonly record struct PhiloxStream(ulong Seed, RandomPurpose Purpose, uint Step, uint Item)
{
    /// <summary>Word <paramref name="index"/> of the stream.</summary>
    public uint Bits(uint index)
    {
        (uint a, uint b, uint c, uint d) = Philox.Block(((ulong)Step << 32) | Item, ((ulong)Purpose << 32) | (index >> 2), Seed);
        return (index & 3) switch { 0 => a, 1 => b, 2 => c, _ => d };
    }

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float Uniform(uint index) => (Bits(index) >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Uniform(uint index, float low, float high) => low + ((high - low) * Uniform(index));

    /// <summary>Uniform integer in [0, count).</summary>
    public int Integer(uint index, int count) => (int)(((ulong)Bits(index) * (ulong)count) >> 32);

    /// <summary>Standard normal, by Box and Muller from words 2i and 2i + 1.</summary>
    public double Normal(uint index)
    {
        double radius = Math.Sqrt(-2 * Math.Log((Bits(2 * index) + 0.5) / 4294967296.0));
        return radius * Math.Cos(2 * Math.PI * (Bits((2 * index) + 1) / 4294967296.0));
    }
}
