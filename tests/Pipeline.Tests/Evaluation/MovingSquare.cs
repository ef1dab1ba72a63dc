using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Visualise;

namespace DoRA.Pipeline.Tests.Evaluation;

/// <summary>A white square of two patches on black that goes right and down by a patch a frame, labelled, in the layout of DAVIS.</summary>
internal static class MovingSquare
{
    public const int Side = Patches * BrightAndDark.Patch, Frames = 4;
    private const int Patches = 8;

    /// <summary>The square's upper left patch.</summary>
    public static (int Left, int Top) Corner(int frame) => (frame, 2 + frame);

    public static void WriteSequence(string folder)
    {
        string labels = Path.Combine(folder, "Annotations/480p/square");
        Directory.CreateDirectory(labels);
        for (int t = 0; t < Frames; t++)
        {
            (int left, int top) = Corner(t);
            bool[] isSquare = [.. Enumerable.Range(0, Patches * Patches).Select(i => i % Patches - left is 0 or 1 && i / Patches - top is 0 or 1)];
            BrightAndDark.WritePicture(
                Path.Combine(folder, $"JPEGImages/480p/square/{t:d5}.png"),
                [.. isSquare.Select(white => white ? 'w' : 'k').Chunk(Patches).Select(row => new string(row))]);
            PngLabels.Write(Path.Combine(labels, $"{t:d5}.png"), new(Side, Side, [.. Enumerable.Range(0, Side * Side).Select(
                i => isSquare[(i / Side / BrightAndDark.Patch * Patches) + (i % Side / BrightAndDark.Patch)] ? (byte)1 : (byte)0)]));
        }
    }
}
