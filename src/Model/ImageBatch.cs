using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>Normalised pictures of one size.</summary>
/// <param name="Pixels">[count, 3, height, width] float32, normalised by ImageNet's mean and deviation.</param>
/// <param name="Count">Pictures.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
public readonly record struct ImageBatch(DeviceSpan Pixels, int Count, int Height, int Width)
{
    /// <summary>Values of one picture.</summary>
    public long ImageLength => 3L * Height * Width;

    /// <summary>Pictures <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    public ImageBatch Slice(int first, int count) =>
        this with { Pixels = Pixels.Slice(first * ImageLength, count * ImageLength), Count = count };
}
