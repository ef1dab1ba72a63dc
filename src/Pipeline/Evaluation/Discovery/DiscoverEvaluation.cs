using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>How the object of a picture is found.</summary>
public enum DiscoveryMethod
{
    Lost,
    DinoSeg,
    TokenCut,
}

/// <summary>
/// Object discovery without labels: one box a picture, at full resolution. CorLoc is the share of pictures whose box overlaps one of
/// the true boxes by at least ½.
/// </summary>
/// <param name="head">Which head's attention DINO-seg looks at.</param>
/// <param name="longestSide">Larger pictures, and their boxes, are brought down to this; 0 leaves all as they are, as the protocol has
/// it.</param>
/// <param name="output">Where the pictures go with their boxes drawn, a folder a method; null for nowhere.</param>
public sealed class DiscoverEvaluation(
    FrozenEncoder encoder, IReadOnlyList<DiscoveryMethod> methods, int head, int longestSide, string? output)
{
    private const double LeastOverlap = 0.5;

    /// <param name="report">Told how many pictures are done of how many.</param>
    public DiscoverResults Run(IReadOnlyList<BoxedPicture> pictures, Action<int, int> report, CancellationToken interruption)
    {
        double[] found = new double[methods.Count], overlaps = new double[methods.Count];
        for (int i = 0; i < pictures.Count; i++)
        {
            interruption.ThrowIfCancellationRequested();
            RgbImage picture = RgbImage.Load(pictures[i].Path);
            double scale = longestSide == 0 ? 1 : Math.Min(1, (double)longestSide / Math.Max(picture.Width, picture.Height));
            Box[] truth = [.. pictures[i].InPixels(picture.Width, picture.Height)
                .Select(box => new Box(box.X * scale, box.Y * scale, box.Width * scale, box.Height * scale))];
            picture = picture.Resize((int)Math.Round(picture.Width * scale), (int)Math.Round(picture.Height * scale), PillowFilter.Bicubic);
            LastBlock block = PaddedPicture.Encode(encoder, picture);
            PatchMap map = new(block.Rows, block.Columns, encoder.Configuration.Patch, picture.Width, picture.Height);
            for (int method = 0; method < methods.Count; method++)
            {
                Box box = Find(methods[method], block, map);
                double overlap = truth.Max(gt => box.Iou(gt));
                overlaps[method] += overlap;
                found[method] += overlap >= LeastOverlap ? 1 : 0;
                Draw(methods[method], pictures[i].Path, picture, box, truth);
            }

            report(i + 1, pictures.Count);
        }

        return new(pictures.Count, [.. methods.Select((method, i) =>
            new DiscoveryScore($"{method}", found[i] / pictures.Count, overlaps[i] / pictures.Count))]);
    }

    private Box Find(DiscoveryMethod method, LastBlock block, PatchMap map)
    {
        if (method == DiscoveryMethod.DinoSeg)
        {
            return DinoSeg.Find(block.PatchAttention(head), map).Box;
        }

        if (method == DiscoveryMethod.Lost)
        {
            return Lost.Find(encoder.Products(block.Keys, block.Keys, encoder.Width), map).Box;
        }

        float[] keys = ClsFeatures.Normalize(block.Keys, encoder.Width);
        return TokenCut.Find(encoder.Products(keys, keys, encoder.Width), map).Box;
    }

    private void Draw(DiscoveryMethod method, string path, RgbImage picture, Box box, IReadOnlyList<Box> truth)
    {
        if (output is not null)
        {
            string folder = Directory.CreateDirectory(Path.Combine(output, $"{method}")).FullName;
            BoxPicture.Write(Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(path)}.png"), picture, box, truth);
        }
    }
}

/// <summary>One method's score.</summary>
/// <param name="CorLoc">Share of pictures.</param>
/// <param name="MeanOverlap">With the best true box, over all pictures.</param>
public sealed record DiscoveryScore(string Method, double CorLoc, double MeanOverlap);

/// <summary>What came out.</summary>
public sealed record DiscoverResults(int Pictures, IReadOnlyList<DiscoveryScore> Scores);
