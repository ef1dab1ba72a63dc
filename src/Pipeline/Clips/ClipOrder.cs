using DoRA.Kernels.Primitives;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// The shuffled order in which clips are visited. An epoch cuts all times at which a clip may start into as many equal stretches as it
/// has clips and visits each once, at a place of the stretch drawn anew. Any clip's place is computed directly, so that a run resumes
/// anywhere.
/// </summary>
/// <param name="seed">The run's seed.</param>
/// <param name="clipsPerEpoch">Stretches, at least 1.</param>
public sealed class ClipOrder(ulong seed, int clipsPerEpoch)
{
    private const uint Rounds = 6;

    // Half the bits of the smallest even number of bits that counts the stretches.
    private readonly int _halfBits = (32 - int.LeadingZeroCount(clipsPerEpoch - 1) + 1) / 2;

    public int ClipsPerEpoch { get; } = clipsPerEpoch > 0 ? clipsPerEpoch : throw new ArgumentOutOfRangeException(nameof(clipsPerEpoch));

    /// <summary>Where clip <paramref name="number"/> of the run starts, as a share in [0, 1) of all times at which a clip may
    /// start.</summary>
    public double Place(long number)
    {
        uint epoch = checked((uint)(number / ClipsPerEpoch));
        uint stretch = (uint)(number % ClipsPerEpoch);

        // A permutation of the next power of four, walked until it lands among the stretches, is a permutation of the stretches.
        do
        {
            stretch = Permute(stretch, epoch);
        }
        while (stretch >= ClipsPerEpoch);
        return (stretch + (double)new PhiloxStream(seed, RandomPurpose.ClipOrder, epoch, Rounds).Uniform(stretch)) / ClipsPerEpoch;
    }

    /// <summary>A Feistel network with Philox as its round function.</summary>
    private uint Permute(uint value, uint epoch)
    {
        uint mask = (1u << _halfBits) - 1, left = value >> _halfBits, right = value & mask;
        for (uint round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (new PhiloxStream(seed, RandomPurpose.ClipOrder, epoch, round).Bits(right) & mask));
        }

        return (left << _halfBits) | right;
    }
}
