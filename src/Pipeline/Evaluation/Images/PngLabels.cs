using System.Buffers.Binary;
using System.IO.Compression;
using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>
/// Label files: PNG whose pixels are palette indices or grey values. Decoders of pictures turn indices into colours, so the format
/// (PNG specification, W3C, third edition) is read here as far as labels need it.
/// </summary>
public static class PngLabels
{
    private const int Grey = 0, Palette = 3;
    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads palette indices or grey values.</summary>
    /// <exception cref="UserException">The file is missing, damaged, no PNG, or holds colours.</exception>
    public static LabelImage Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException($"There is no label file {path}; expected a PNG of palette indices or grey values.");
        }

        try
        {
            return Decode(path, File.ReadAllBytes(path));
        }
        catch (Exception error) when (
            error is InvalidDataException or EndOfStreamException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new UserException($"{path} is a damaged PNG; replace it.", error);
        }
    }

    /// <summary>Writes labels as an 8-bit palette PNG whose palette is PASCAL VOC's, which DAVIS uses too.</summary>
    public static void Write(string path, LabelImage image)
    {
        using FileStream stream = File.Create(path);
        stream.Write(Signature);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (8, Palette);
        WriteChunk(stream, "IHDR"u8, header);
        WriteChunk(stream, "PLTE"u8, LabelColors.Palette());
        using MemoryStream data = new();
        using (ZLibStream zlib = new(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < image.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(image.Labels, y * image.Width, image.Width);
            }
        }

        WriteChunk(stream, "IDAT"u8, data.ToArray());
        WriteChunk(stream, "IEND"u8, []);
    }

    private static LabelImage Decode(string path, byte[] file)
    {
        if (!file.AsSpan().StartsWith(Signature))
        {
            throw new UserException(
                $"{path} is no PNG; labels must be PNG files of palette indices or grey values, since JPEG changes labels.");
        }

        using MemoryStream data = new();
        ReadOnlySpan<byte> header = default;
        for (int at = Signature.Length; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            ReadOnlySpan<byte> type = file.AsSpan(at + 4, 4), content = file.AsSpan(at + 8, length);
            if (type.SequenceEqual("IHDR"u8))
            {
                header = content;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                data.Write(content);
            }

            at += 12 + length;
        }

        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        (byte bits, byte colors, byte interlace) = (header[8], header[9], header[12]);
        if (colors is not (Grey or Palette) || bits > 8 || interlace != 0)
        {
            string kind = colors is not (Grey or Palette) ? "holds colours" : bits > 8 ? "has 16 bits a pixel" : "is interlaced";
            throw new UserException($"{path} {kind}; labels must be plain PNG files of palette indices or grey values of at most 8 bits.");
        }

        data.Position = 0;
        using ZLibStream zlib = new(data, CompressionMode.Decompress);
        return new(width, height, Unpack(zlib, width, height, bits));
    }

    private static byte[] Unpack(ZLibStream zlib, int width, int height, int bits)
    {
        int stride = ((width * bits) + 7) / 8;
        byte[] labels = new byte[width * height], line = new byte[stride], above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            int filter = zlib.ReadByte();
            zlib.ReadExactly(line);
            Unfilter(filter, line, above);
            for (int x = 0; x < width; x++)
            {
                int bit = x * bits;
                labels[(y * width) + x] = (byte)((line[bit / 8] >> (8 - bits - (bit % 8))) & ((1 << bits) - 1));
            }

            (line, above) = (above, line);
        }

        return labels;
    }

    /// <summary>Undoes a line's filter; pixels of at most 8 bits have their left neighbour in the byte before.</summary>
    private static void Unfilter(int filter, Span<byte> line, ReadOnlySpan<byte> above)
    {
        for (int i = 0; i < line.Length; i++)
        {
            int left = i > 0 ? line[i - 1] : 0, up = above[i], corner = i > 0 ? above[i - 1] : 0;
            line[i] += (byte)(filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => throw new InvalidDataException($"There is no filter {filter}."),
            });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc(chunk.AsSpan(4, 4 + content.Length)));
        stream.Write(chunk);
    }

    /// <summary>CRC-32 of ISO 3309, which every chunk ends with.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
