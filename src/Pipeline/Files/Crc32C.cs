using System.Buffers.Binary;
using System.Numerics;

namespace DoRA.Pipeline.Files;

/// <summary>The checksum CRC-32C (Castagnoli, RFC 3720), which processors compute themselves.</summary>
internal static class Crc32C
{
    /// <param name="before">The checksum of the bytes before these, to go on from.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        uint crc = ~before;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
