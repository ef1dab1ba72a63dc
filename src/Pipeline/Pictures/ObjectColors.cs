using SkiaSharp;

namespace DoRA.Pipeline.Pictures;

/// <summary>A colour for each object, told apart by colour-blind eyes too (Okabe and Ito).</summary>
internal static class ObjectColors
{
    private static readonly SKColor[] Colors =
    [
        new(0xE6, 0x9F, 0x00), new(0x56, 0xB4, 0xE9), new(0x00, 0x9E, 0x73), new(0xF0, 0xE4, 0x42), new(0xD5, 0x5E, 0x00),
        new(0xCC, 0x79, 0xA7),
    ];

    public static SKColor Of(int item) => Colors[item % Colors.Length];
}
