namespace DoRA.Pipeline.Video;

/// <summary>Where a frame of a proxy lies; without bytes it stands for a span in which the source is damaged, up to the frame after it.</summary>
/// <param name="Seconds">Its start in the source, exactly as the source's reader gives it.</param>
/// <param name="Position">Bytes before it in its segment's file.</param>
/// <param name="Size">Bytes of its JPEG.</param>
/// <param name="Checksum">CRC-32C of these bytes.</param>
internal readonly record struct ProxyFrame(double Seconds, long Position, int Size, uint Checksum)
{
    public bool IsDamaged => Size == 0;
}
