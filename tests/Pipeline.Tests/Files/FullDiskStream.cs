namespace DoRA.Pipeline.Tests.Files;

/// <summary>A file on a disk that is full after some bytes.</summary>
internal sealed class FullDiskStream(string path, long room) : Stream
{
    private readonly FileStream file = File.Create(path);

    public override bool CanRead => false;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var fits = (int)Math.Clamp(room - file.Position, 0, buffer.Length);
        file.Write(buffer[..fits]);
        if (fits < buffer.Length)
            throw new IOException("No space left on device");
    }

    public override void Flush() => file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void SetLength(long value) => file.SetLength(value);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
