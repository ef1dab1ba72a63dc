using System.Buffers.Binary;
using System.Numerics;
using DoRA.Pipeline.Files;
using Google.Protobuf;

namespace DoRA.Pipeline.Logs;

/// <summary>
/// A TensorBoard event file: records of length, checksum of the length, an <c>Event</c> message, and its checksum. The messages' fields are
/// those of TensorFlow's <c>event.proto</c> and <c>summary.proto</c>.
/// </summary>
public sealed class EventFile : IDisposable
{
    private readonly FileStream _stream;

    /// <param name="folder">Where the file goes, beside those of earlier calls.</param>
    /// <param name="stepsDone">Steps that an earlier call did: what it wrote of later ones counts no more.</param>
    public EventFile(string folder, int stepsDone)
    {
        // Files are read in the order of their names; two of one second are told apart by a number.
        long second = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        int number = Directory.GetFiles(folder, "events.out.tfevents.*").Length;
        _stream = new(Path.Combine(folder, $"events.out.tfevents.{second}.{Environment.MachineName}.{number}"), FileMode.CreateNew);
        Write(0, message => message.Field(Fields.FileVersion, ByteString.CopyFromUtf8("brain.Event:2")));
        if (stepsDone > 0)
        {
            Write(stepsDone + 1, message => message.Field(Fields.SessionLog, Message(log => log.Field(Fields.Status, Fields.Start))));
        }
    }

    /// <summary>Numbers of a step, by their tag, as <c>train/loss</c>.</summary>
    public void Scalars(int step, IReadOnlyDictionary<string, double> values) => Write(step, message => message.Field(Fields.Summary, Message(summary =>
    {
        foreach ((string tag, double value) in values)
        {
            summary.Field(Fields.Value, Message(entry =>
            {
                entry.Field(Fields.Tag, ByteString.CopyFromUtf8(tag));
                entry.WriteTag(Fields.SimpleValue, WireFormat.WireType.Fixed32);
                entry.WriteFloat((float)value);
            }));
        }
    })));

    /// <summary>A picture of a step.</summary>
    /// <param name="png">The encoded picture.</param>
    public void Picture(int step, string tag, byte[] png, int width, int height)
    {
        ByteString picture = Message(image =>
        {
            image.Field(Fields.Height, height);
            image.Field(Fields.Width, width);
            image.Field(Fields.ColorSpace, Fields.Rgba);
            image.Field(Fields.EncodedPicture, ByteString.CopyFrom(png));
        });
        Write(step, message => message.Field(Fields.Summary, Message(summary => summary.Field(Fields.Value, Message(entry =>
        {
            entry.Field(Fields.Tag, ByteString.CopyFromUtf8(tag));
            entry.Field(Fields.Image, picture);
        })))));
    }

    /// <summary>The checksum that the format asks for: CRC-32C, turned by 15 bits, plus a constant, so that it is none of itself.</summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Crc32C.Of(bytes), 15) + 0xA282EAD8;

    public void Dispose() => _stream.Dispose();

    private void Write(long step, Action<CodedOutputStream> what)
    {
        byte[] content = Message(message =>
        {
            message.WriteTag(Fields.WallTime, WireFormat.WireType.Fixed64);
            message.WriteDouble(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
            message.Field(Fields.Step, step);
            what(message);
        }).ToByteArray();
        byte[] record = new byte[12 + content.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        content.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), MaskedCrc(content));
        _stream.Write(record);
        _stream.Flush();
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using MemoryStream bytes = new();
        using (CodedOutputStream message = new(bytes, leaveOpen: true))
        {
            write(message);
        }

        return ByteString.CopyFrom(bytes.ToArray());
    }

    /// <summary>Numbers of the fields, message by message.</summary>
    private static class Fields
    {
        // Event
        public const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7;

        // SessionLog, whose status 1 is the start
        public const int Status = 1, Start = 1;

        // Summary and its Value
        public const int Value = 1, Tag = 1, SimpleValue = 2, Image = 4;

        // Image, whose color space 4 is RGBA
        public const int Height = 1, Width = 2, ColorSpace = 3, EncodedPicture = 4, Rgba = 4;
    }
}

/// <summary>Fields of a protocol buffer.</summary>
internal static class MessageFields
{
    public static void Field(this CodedOutputStream message, int number, ByteString value)
    {
        message.WriteTag(number, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(value);
    }

    public static void Field(this CodedOutputStream message, int number, long value)
    {
        message.WriteTag(number, WireFormat.WireType.Varint);
        message.WriteInt64(value);
    }
}
