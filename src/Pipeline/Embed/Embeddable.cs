using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Embed;

/// <summary>Something to embed.</summary>
/// <param name="Source">The number of the file among the sources.</param>
/// <param name="Seconds">For a frame of a video: when it begins to be shown, from the first frame on.</param>
/// <param name="Crop">Makes the picture that the network sees; from any thread.</param>
internal sealed record Embeddable(int Source, double? Seconds, Func<RgbImage> Crop);

/// <summary>A row of the output.</summary>
/// <param name="Vector">[d], or [rows, columns, d] of patch tokens.</param>
internal sealed record EmbeddedRow(string Source, double? Seconds, float[] Vector);
