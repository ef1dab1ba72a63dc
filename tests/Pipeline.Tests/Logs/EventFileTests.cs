using System.Buffers.Binary;
using System.Text;
using DoRA.Pipeline.Logs;
using DoRA.Pipeline.Tests.Runs;

namespace DoRA.Pipeline.Tests.Logs;

/// <summary>Event files read back by the rules that TensorBoard reads them by, written here anew, bit by bit.</summary>
public class EventFileTests
{
    private static readonly string[] Names = ["train/loss", "train/gradient norm"];
    private static readonly float[] Values = [1.5f, float.NaN];
    private static readonly byte[] Png = [1, 2, 3];

    [Test]
    public void The_checksum_is_that_of_the_format()
    {
        // CRC-32C of "123456789" is 0xE3069283, its published check value.
        Assert.That(EventFile.MaskedCrc("123456789"u8), Is.EqualTo(Mask(0xE3069283)));
        Assert.That(Crc("123456789"u8), Is.EqualTo(0xE3069283));
    }

    [Test]
    public void Scalars_and_pictures_are_read_back()
    {
        using TemporaryFolder folder = new();
        using (EventFile file = new(folder.Path, stepsDone: 0))
        {
            file.Scalars(7, new Dictionary<string, double> { ["train/loss"] = 1.5, ["train/gradient norm"] = double.NaN });
            file.Picture(8, "tracks", [1, 2, 3], width: 640, height: 200);
        }

        Message[] events = [.. Read(Directory.GetFiles(folder.Path).Single())];

        Assert.That(events, Has.Length.EqualTo(3));
        Assert.That(events[0].Text(3), Is.EqualTo("brain.Event:2"), "the first record says the version");
        Assert.That(events[1].Number(2), Is.EqualTo(7));
        Message[] values = [.. events[1].Parts(5).Single().Parts(1)];
        Assert.That(values.Select(value => value.Text(1)), Is.EqualTo(Names));
        Assert.That(values.Select(value => value.Single(2)), Is.EqualTo(Values));
        Message picture = events[2].Parts(5).Single().Parts(1).Single().Parts(4).Single();
        Assert.That((picture.Number(1), picture.Number(2), picture.Number(3)), Is.EqualTo((200, 640, 4)));
        Assert.That(picture.Bytes(4), Is.EqualTo(Png));
        Assert.That(events.All(message => message.Double(1) > 1e9), "wall times are in seconds");
    }

    [Test]
    public void A_resumed_run_says_which_steps_count_no_more()
    {
        using TemporaryFolder folder = new();
        new EventFile(folder.Path, stepsDone: 0).Dispose();
        new EventFile(folder.Path, stepsDone: 40).Dispose();

        string last = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).Last();
        Message start = Read(last).ElementAt(1);

        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2));
        Assert.That((start.Number(2), start.Parts(7).Single().Number(1)), Is.EqualTo((41, 1)), "SessionLog.START of step 41");
    }

    /// <summary>TFRecord: length, masked checksum of the length, content, masked checksum of the content.</summary>
    internal static IEnumerable<Message> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int at = 0;
        while (at < bytes.Length)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)), Is.EqualTo(Mask(Crc(bytes.AsSpan(at, 8)))));
            byte[] content = bytes[(at + 12)..(at + 12 + length)];
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)), Is.EqualTo(Mask(Crc(content))));
            yield return new(content);
            at += 16 + length;
        }
    }

    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xA282EAD8;

    /// <summary>Castagnoli's polynomial, a bit at a time.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }

    /// <summary>Fields of a protocol buffer message by number.</summary>
    internal sealed class Message
    {
        private readonly List<(int Field, long Number, byte[] Bytes)> _fields = [];

        public Message(byte[] content)
        {
            int at = 0;
            while (at < content.Length)
            {
                long tag = Varint(content, ref at);
                int size = (tag & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(content, ref at), _ => 0 };
                long number = (tag & 7) == 0 ? Varint(content, ref at) : 0;
                _fields.Add(((int)(tag >> 3), number, content[at..(at + size)]));
                at += size;
            }
        }

        public long Number(int field) => Find(field).Number;

        public byte[] Bytes(int field) => Find(field).Bytes;

        public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

        public float Single(int field) => BinaryPrimitives.ReadSingleLittleEndian(Bytes(field));

        public double Double(int field) => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(field));

        public IEnumerable<Message> Parts(int field) => _fields.Where(entry => entry.Field == field).Select(entry => new Message(entry.Bytes));

        private (int Field, long Number, byte[] Bytes) Find(int field) => _fields.Single(entry => entry.Field == field);

        private static long Varint(byte[] content, ref int at)
        {
            long value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = content[at++];
                value |= (long)(part & 127) << shift;
                if (part < 128)
                {
                    return value;
                }
            }
        }
    }
}
