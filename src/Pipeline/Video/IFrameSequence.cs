using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>A source whose frames can also be read one after another. One thread at a time may use it.</summary>
public interface IFrameSequence : IFrameSource
{
    /// <summary>How much before a frame's start a time may lie and still mean that frame.</summary>
    double Grace { get; }

    /// <summary>Goes to the frame shown at a time: <see cref="ReadNext"/> gives it.</summary>
    /// <exception cref="UserException">As <see cref="IFrameSource.Read"/>.</exception>
    void Seek(double seconds);

    /// <summary>The next frame in order of time, as 8-bit 4:2:0, its planes packed.</summary>
    /// <param name="destination">Filled.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="UserException">As <see cref="IFrameSource.Read"/>.</exception>
    bool ReadNext(VideoFrame destination, int width, int height);

    /// <summary>The start of the last frame that can be read, in seconds.</summary>
    /// <exception cref="UserException">As <see cref="IFrameSource.Read"/>.</exception>
    double FindLastFrame();

    /// <summary>Whether anything else than pictures, as sound, can be read up to a time in seconds, or nearly so.</summary>
    /// <exception cref="UserException">As <see cref="IFrameSource.Read"/>.</exception>
    bool SoundReaches(double seconds);
}
