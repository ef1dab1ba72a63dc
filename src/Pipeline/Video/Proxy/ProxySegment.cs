using System.Buffers.Binary;
using DoRA.Kernels;
using DoRA.Pipeline.Files;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// A stretch of a proxy: a video file of its own and beside it the index of its frames. The index is written last, so that a segment with an
/// index is whole.
/// </summary>
internal sealed class ProxySegment
{
    private const ulong Magic = 0x3130_5850_4152_4F44; // "DORAPX01"
    private const int HeaderBytes = 20, FrameBytes = 24, ChecksumBytes = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ProxySegment(ProxyFrame[] frames, long fileBytes, uint checksum) => (Frames, FileBytes, Checksum) = (frames, fileBytes, checksum);

    public IReadOnlyList<ProxyFrame> Frames { get; }

    /// <summary>Length of the video file; 0 when no good frame begins in the stretch, which then has no file.</summary>
    public long FileBytes { get; }

    /// <summary>CRC-32C of the index.</summary>
    public uint Checksum { get; }

    public static string FileOf(string folder, int number) => Path.Combine(folder, $"{number:d5}.mp4");

    public static string IndexOf(string folder, int number) => Path.Combine(folder, $"{number:d5}.index");

    /// <summary>A segment's index, if the segment is there and looks whole: index and length are checked, the frames are not.</summary>
    public static ProxySegment? TryRead(string folder, int number)
    {
        FileInfo index = new(IndexOf(folder, number)), file = new(FileOf(folder, number));
        if (!index.Exists)
            return null;
        byte[] bytes = File.ReadAllBytes(index.FullName);
        if (bytes.Length < HeaderBytes + ChecksumBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            return null;
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - ChecksumBytes));
        long count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)), fileBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(12));
        if (bytes.Length != HeaderBytes + (count * FrameBytes) + ChecksumBytes || Crc32C.Of(bytes.AsSpan(0, bytes.Length - ChecksumBytes)) != checksum
            || (file.Exists ? file.Length : 0) != fileBytes)
            return null;
        ProxyFrame[] frames = new ProxyFrame[count];
        for (int i = 0; i < frames.Length; i++)
        {
            ReadOnlySpan<byte> at = bytes.AsSpan(HeaderBytes + (i * FrameBytes));
            frames[i] = new(BinaryPrimitives.ReadDoubleLittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(at[16..]), BinaryPrimitives.ReadUInt32LittleEndian(at[20..]));
        }
        return new(frames, fileBytes, checksum);
    }

    /// <summary>Puts a finished video file in its place and writes its index.</summary>
    /// <param name="written">The file under its temporary name; null when the stretch has no frame.</param>
    /// <param name="starts">Start of each frame in the source, in seconds.</param>
    /// <param name="damage">Starts of damaged spans, in seconds.</param>
    /// <exception cref="UserException">The file does not hold these frames.</exception>
    public static void Publish(string folder, int number, string? written, List<double> starts, IEnumerable<double> damage)
    {
        ProxyFrame[] frames =
        [
            .. (written is null ? [] : Locate(written, starts)).Concat(damage.Select(from => new ProxyFrame(from, 0, 0, 0))).OrderBy(frame => frame.Seconds),
        ];
        long fileBytes = written is null ? 0 : new FileInfo(written).Length;
        byte[] bytes = new byte[HeaderBytes + (frames.Length * FrameBytes) + ChecksumBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), frames.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), fileBytes);
        for (int i = 0; i < frames.Length; i++)
        {
            Span<byte> at = bytes.AsSpan(HeaderBytes + (i * FrameBytes));
            BinaryPrimitives.WriteDoubleLittleEndian(at, frames[i].Seconds);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], frames[i].Position);
            BinaryPrimitives.WriteInt32LittleEndian(at[16..], frames[i].Size);
            BinaryPrimitives.WriteUInt32LittleEndian(at[20..], frames[i].Checksum);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - ChecksumBytes), Crc32C.Of(bytes.AsSpan(0, bytes.Length - ChecksumBytes)));
        File.Delete(FileOf(folder, number));
        if (written is not null)
            File.Move(written, FileOf(folder, number));
        AtomicFile.Write(IndexOf(folder, number), stream => stream.Write(bytes));
    }

    /// <summary>Whether every frame's bytes are those that were written.</summary>
    public bool Verify(string folder, int number)
    {
        if (FileBytes == 0)
            return true;
        byte[] bytes = new byte[Frames.Max(frame => frame.Size)];
        using FileStream file = File.OpenRead(FileOf(folder, number));
        return Frames.All(frame =>
        {
            file.Position = frame.Position;
            return file.ReadAtLeast(bytes.AsSpan(0, frame.Size), frame.Size, throwOnEndOfStream: false) == frame.Size
                && Crc32C.Of(bytes.AsSpan(0, frame.Size)) == frame.Checksum;
        });
    }

    /// <summary>Asks the container where its frames lie.</summary>
    private static unsafe ProxyFrame[] Locate(string path, List<double> starts)
    {
        using Watchdog watchdog = new(Patience);
        using VideoFile file = new(path, watchdog);
        List<ProxyFrame> frames = [];
        AVPacket* packet = ffmpeg.av_packet_alloc();
        try
        {
            while (file.Read(packet) >= 0)
            {
                watchdog.Restart();
                double start = frames.Count < starts.Count ? starts[frames.Count] : double.NaN;
                frames.Add(new(start, packet->pos, packet->size, Crc32C.Of(new ReadOnlySpan<byte>(packet->data, packet->size))));
                ffmpeg.av_packet_unref(packet);
            }
        }
        finally
        {
            ffmpeg.av_packet_free(&packet);
        }
        return frames.Count == starts.Count
            ? [.. frames]
            : throw new InvalidOperationException($"{path} holds {frames.Count} frames where {starts.Count} were written");
    }
}
