using System.Buffers.Binary;
using DoRA.Kernels;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>
/// Files with bits flipped, bytes overwritten, ends cut off, pieces repeated and boxes reordered are opened and read: each gives frames or a
/// sentence, and none crashes, hangs or leaks. <c>DORA_FUZZ_FILES</c> says how many; the numbers of a file's changes are its own, so that
/// <c>DORA_FUZZ_FIRST</c> goes on from one.
/// </summary>
public class FuzzTests
{
    private const int UsualFiles = 300, ReadsAtMost = 40;
    private static readonly string[] Seeds =
    [
        "count.mp4", "count_hevc.mp4", "count_mpeg4.avi", "count_vfr.mkv", "count_vp9.webm", "count_mpeg2.ts", "count_fragmented.mp4", "count_edited.mp4",
        "count_sound.mov", "count_bare.h264", "pixels_yuv422p10le.mkv", "pixels_pal8.gif", "turned_90.mp4",
    ];

    [Test]
    public void Mutated_files_are_read_or_refused()
    {
        int files = Number("DORA_FUZZ_FILES", UsualFiles), first = Number("DORA_FUZZ_FIRST", 0);
        byte[][] seeds = [.. Seeds.Select(seed => File.ReadAllBytes(VideoFixtures.File("made/" + seed)))];
        using TemporaryFolder folder = new();
        int read = 0, refused = 0, damaged = 0, warm = first + (files / 3);
        long memory = 0;
        int handles = 0;
        for (int number = first; number < first + files; number++)
        {
            if (number == warm)
                (memory, handles) = (Memory(), Handles());
            int seed = number % Seeds.Length;
            string file = folder.File("mutated" + Path.GetExtension(Seeds[seed]));
            File.WriteAllBytes(file, Mutate(seeds[seed], new Random(number)));
            try
            {
                damaged += Read(file, new Random(number)) ? 1 : 0;
                read++;
            }
            catch (UserException refusal)
            {
                Assert.That(refusal.Message, Does.Contain(file).And.EndWith("."), $"file {number}");
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{read} read, {damaged} of them damaged; {refused} refused; memory +{(Memory() - memory) >> 20} MB, handles +{Handles() - handles}");
        Assert.That(read, Is.GreaterThan(files / 4), "most changes leave something to read");
        Assert.That(refused, Is.Positive);
        Assert.That(Handles(), Is.LessThanOrEqualTo(handles + 4));
        // A decoder that is not freed holds half a megabyte at least, and more than half of the files open one: 100 files would show 25 MB and 3000 a gigabyte.
        Assert.That(Memory() - memory, Is.LessThan(60L << 20));
    }

    /// <summary>Reads a file as training does: in order, and from anywhere.</summary>
    /// <returns>Whether damage was met.</returns>
    private static bool Read(string file, Random random)
    {
        VideoReaderOptions options = new() { DamageLimit = 1, StallLimit = TimeSpan.FromSeconds(10) };
        using VideoReader reader = new(file, options);
        using VideoFrame frame = FramePool.Shared.Rent();
        double last = -1;
        for (int i = 0; i < ReadsAtMost && reader.ReadNext(frame); i++)
        {
            Assert.That(frame.Seconds, Is.GreaterThan(last));
            last = frame.Seconds;
        }
        for (int i = 0; i < 4; i++)
            reader.ReadAt(reader.Info.DurationSeconds * random.NextDouble(), frame);
        reader.FindLastFrame();
        return reader.Damage.All.Count > 0;
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] bytes = [.. seed];
        switch (random.Next(6))
        {
            case 0:
                for (int i = random.Next(1, 20); i > 0; i--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                random.NextBytes(Piece(bytes, random).Span);
                return bytes;
            case 2:
                Piece(bytes, random).Span.Clear();
                return bytes;
            case 3:
                return bytes[..random.Next(1, bytes.Length)];
            case 4:
                return Reorder(bytes, random);
            default:
                // A piece taken out, or put in again elsewhere.
                byte[] piece = Piece(bytes, random).ToArray();
                int at = random.Next(bytes.Length);
                return random.Next(2) == 0 ? [.. bytes[..at], .. piece, .. bytes[at..]] : [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + piece.Length)..]];
        }
    }

    private static Memory<byte> Piece(byte[] bytes, Random random)
    {
        int length = random.Next(1, Math.Max(2, bytes.Length / 4));
        return bytes.AsMemory(random.Next(bytes.Length - length), length);
    }

    /// <summary>Changes the order of an MP4's boxes, at the top or within its index; of other files, of pieces.</summary>
    private static byte[] Reorder(byte[] bytes, Random random)
    {
        List<byte[]> boxes = [];
        int at = 0;
        while (at + 8 <= bytes.Length)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            int end = (int)Math.Clamp(at + size, at + 8, bytes.Length);
            boxes.Add(bytes[at..end]);
            at = end;
        }
        boxes.Add(bytes[at..]);
        int index = boxes.FindIndex(box => box.Length > 8 && box.AsSpan(4, 4).SequenceEqual("moov"u8));
        if (index >= 0 && random.Next(2) == 0)
            boxes[index] = [.. boxes[index][..8], .. Reorder(boxes[index][8..], random)];
        byte[][] order = [.. boxes];
        random.Shuffle(order);
        return [.. order.SelectMany(box => box)];
    }

    private static int Number(string variable, int usual) => int.TryParse(Environment.GetEnvironmentVariable(variable), out int number) ? number : usual;

    private static int Handles() => Directory.GetFiles("/proc/self/fd").Length;

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }
}
