using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using SkiaSharp;

namespace DoRA.Pipeline.Report;

/// <summary>The pictures of a snapshot.</summary>
internal static class SnapshotPictures
{
    private const int FilmQuality = 80;

    /// <summary>A column a frame of the strip: the frames, then a row an object.</summary>
    public static SKBitmap Tracks(Snapshot snapshot)
    {
        int[] strip = Strip(snapshot);
        return PictureSheet.Of(
        [
            [.. strip.Select(t => Overlay.Bitmap(snapshot.Frames[t]))],
            .. Enumerable.Range(0, snapshot.Clip.Objects).Select(item =>
                (IReadOnlyList<SKBitmap>)[.. strip.Select(t => Overlay.Tracks(snapshot.Frames[t], snapshot.Clip, t, [item]))]),
        ]);
    }

    /// <summary>A column a frame of the strip: the frames, the tracks at the start, the tracks at the end.</summary>
    public static byte[] Comparison(Snapshot start, Snapshot end)
    {
        int[] strip = Strip(end);
        return PictureSheet.Encode(
            PictureSheet.Of(
            [
                [.. strip.Select(t => Overlay.Bitmap(end.Frames[t]))],
                [.. strip.Select(t => Overlay.Tracks(start.Frames[t], start.Clip, t))],
                [.. strip.Select(t => Overlay.Tracks(end.Frames[t], end.Clip, t))],
            ]),
            SKEncodedImageFormat.Webp, FilmQuality);
    }

    /// <summary>Every frame with its tracks, side by side: the frames of a film.</summary>
    public static byte[] Film(Snapshot snapshot) => PictureSheet.Encode(
        PictureSheet.Of([[.. snapshot.Frames.Select((frame, t) => Overlay.Tracks(frame, snapshot.Clip, t))]], gap: 0),
        SKEncodedImageFormat.Webp, FilmQuality);

    /// <summary>The strip's frames, and below them their patch tokens as colours.</summary>
    public static byte[] Tokens(Snapshot start, Snapshot end)
    {
        int[] strip = Strip(end);
        int length = RgbImage.Channels * end.Clip.Patches;
        IReadOnlyList<SKBitmap> Row(Snapshot snapshot) => [.. strip.Select((t, i) => Overlay.Patches(
            snapshot.Frames[t], snapshot.TokenColors.AsSpan(i * length, length).ToArray(), snapshot.Clip.Columns, opacity: 0.9f))];
        return PictureSheet.Encode(
            PictureSheet.Of([[.. strip.Select(t => Overlay.Bitmap(end.Frames[t]))], Row(start), Row(end)]), SKEncodedImageFormat.Webp, FilmQuality);
    }

    /// <summary>What one head's CLS token attends to in the first frame.</summary>
    public static byte[] Attention(Snapshot snapshot, int head) => Encode(Overlay.Heat(
        snapshot.Frames[0], snapshot.Attention.AsSpan(head * snapshot.Clip.Patches, snapshot.Clip.Patches), snapshot.Clip.Columns));

    /// <summary>An object's shares in the first frame's patches.</summary>
    /// <param name="shares">[n, k], each patch's summing to 1.</param>
    public static byte[] Shares(Snapshot snapshot, float[] shares, int item)
    {
        float[] own = [.. Enumerable.Range(0, snapshot.Clip.Patches).Select(patch => shares[(patch * snapshot.Clip.Objects) + item])];
        return Encode(Overlay.Heat(snapshot.Frames[0], own, snapshot.Clip.Columns));
    }

    private static int[] Strip(Snapshot snapshot) =>
        [.. Enumerable.Range(0, snapshot.Frames.Count).Where(t => t % Snapshot.StripEvery == 0)];

    private static byte[] Encode(SKBitmap bitmap) => PictureSheet.Encode(bitmap, SKEncodedImageFormat.Webp, FilmQuality);
}
