using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Evaluation.VideoObjects;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

[Category(Golden.Category)]
public sealed class VosGoldenTests
{
    private const string File = "eval/vos";

    private static IEnumerable<string> Sequences()
    {
        using GoldenFile golden = Golden.Open(File);
        return [.. golden.Names.Where(name => name.EndsWith("_params", StringComparison.Ordinal))
            .Select(name => name[..^"_params".Length])];
    }

    private static IEnumerable<string> Scored()
    {
        using GoldenFile golden = Golden.Open(File);
        return [.. Sequences().Where(sequence => golden.Contains($"{sequence}_J"))];
    }

    [TestCaseSource(nameof(Sequences))]
    public void Labels_are_carried_as_dino_carries_them(string sequence)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new();
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int[] parameters = golden.Integers($"{sequence}_params"), frameShape = golden.Shape($"{sequence}_frames");
        PropagationSettings settings = new(parameters[2], parameters[3], parameters[4], ShortSide: parameters[0]);
        LabelImage first = FirstLabels(golden, sequence);
        FrameGrid grid = FrameGrid.Of(first.Width, first.Height, settings.ShortSide, parameters[1]);
        Assert.That((grid.Height, grid.Width), Is.EqualTo((frameShape[2], frameShape[3])));

        float[] labels = grid.OneHot(first, first.Values()[^1]);
        golden.CheckExact($"{sequence}_first_seg", labels.Select(value => (byte)value));

        RgbImage[] frames = [.. golden.Bytes($"{sequence}_frames").Chunk(3 * grid.Width * grid.Height)
            .Select(planes => GoldenExtensions.FromPlanes(planes, grid.Height, grid.Width))];
        LabelPropagation propagation = new(encoder, settings, grid, Tokens(golden, sequence, 0), labels);
        float[] expected = golden.Floats($"{sequence}_soft");
        int labelCount = labels.Length / grid.Patches, frameLength = labels.Length;
        for (int frame = 1; frame < frames.Length; frame++)
        {
            float[] soft = propagation.Next(Tokens(golden, sequence, frame));
            ReadOnlySpan<float> wanted = expected.AsSpan((frame - 1) * frameLength, frameLength);
            int differing = 0;
            for (int patch = 0; patch < grid.Patches; patch++)
            {
                for (int label = 0; label < labelCount; label++)
                {
                    int at = (label * grid.Patches) + patch;
                    if (!(Math.Abs(soft[at] - wanted[at]) < 1e-4))
                    {
                        differing++;
                        break;
                    }
                }
            }

            // Where two affinities agree to 1e-6, rounding decides which of them is the k-th.
            Assert.That(differing, Is.LessThanOrEqualTo(0.005 * grid.Patches), $"{sequence} frame {frame}: patches that differ");
            CheckMask(golden, sequence, frame, frames.Length, grid.Labels(soft, first.Width, first.Height));
        }

        // Features of a float32 network; the reference is 2.5e-6 off float64.
        float[] Tokens(GoldenFile file, string name, int frame)
        {
            float[] tokens = grid.Tokens(encoder, frames[frame]);
            if (file.Contains($"{name}_feat{frame}"))
            {
                file.Check($"{name}_feat{frame}", tokens, 5e-5);
            }

            return tokens;
        }
    }

    /// <summary>From the stored masks to the bit but for rounding; the true masks are fixtures, so goldens of other frames have
    /// none.</summary>
    [TestCaseSource(nameof(Scored))]
    public void Stored_masks_score_as_davis_scores_them(string sequence)
    {
        using GoldenFile golden = Golden.Open(File);
        using System.Text.Json.JsonDocument sequences =
            System.Text.Json.JsonDocument.Parse(golden.Info.GetProperty("sequences").GetString()!);
        string name = sequences.RootElement.GetProperty(sequence).GetProperty("sequence").GetString()!;
        int start = golden.Integers($"{sequence}_params")[5];
        BinaryMask[] predicted = golden.Masks($"{sequence}_masks");
        string[] files = [.. Enumerable.Range(start + 1, predicted.Length)
            .Select(frame => Fixtures.PathOf($"davis/Annotations/480p/{name}/{frame:d5}.png"))];
        if (!files.All(System.IO.File.Exists))
        {
            Assert.Ignore($"The true masks of {name} from frame {start} on are no fixtures.");
        }

        BinaryMask[] truth = [.. files.Select(file => PngLabels.Read(file).Mask(255))];
        golden.Check($"{sequence}_J", predicted.Zip(truth, (mask, gt) => DavisMeasures.Region(mask, gt)), 1e-12);
        golden.Check($"{sequence}_F", predicted.Zip(truth, (mask, gt) => DavisMeasures.Boundary(mask, gt)), 1e-12);
    }

    [TestCaseSource(nameof(Sequences))]
    public void A_decoded_frame_is_resized_to_the_byte(string sequence)
    {
        using GoldenFile golden = Golden.Open(File);
        using System.Text.Json.JsonDocument sequences =
            System.Text.Json.JsonDocument.Parse(golden.Info.GetProperty("sequences").GetString()!);
        string name = sequences.RootElement.GetProperty(sequence).GetProperty("sequence").GetString()!;
        int[] parameters = golden.Integers($"{sequence}_params"), shape = golden.Shape($"{sequence}_frames");
        string file = Fixtures.PathOf($"davis/JPEGImages/480p/{name}/{parameters[5]:d5}.jpg");
        if (!System.IO.File.Exists(file))
        {
            Assert.Ignore($"Frame {parameters[5]} of {name} is no fixture.");
        }

        byte[] resized = RgbImage.Load(file).ResizeOpenCv(shape[3], shape[2]).ToPlanes();
        Assert.That(resized, Is.EqualTo(golden.Bytes($"{sequence}_frames")[..resized.Length]));
    }

    private static void CheckMask(GoldenFile golden, string sequence, int frame, int frames, LabelImage predicted)
    {
        byte[] wanted;
        if (golden.Contains($"{sequence}_masks"))
        {
            wanted = golden.Bytes($"{sequence}_masks")[((frame - 1) * predicted.Labels.Length)..(frame * predicted.Labels.Length)];
        }
        else if (frame == frames - 1)
        {
            wanted = golden.Bytes($"{sequence}_masks_last");
        }
        else
        {
            return;
        }

        int differing = predicted.Labels.Zip(wanted).Count(pair => pair.First != pair.Second);
        Assert.That(differing, Is.LessThan(0.001 * wanted.Length), $"{sequence} frame {frame}: pixels that differ");
    }

    /// <summary>Planes of bits, the highest first, rows filled up to whole bytes: plane i is label i + 1.</summary>
    private static LabelImage FirstLabels(GoldenFile golden, string sequence)
    {
        string name = $"{sequence}_first_ann", masks = golden.Contains($"{sequence}_masks") ? $"{sequence}_masks"
            : $"{sequence}_masks_last";
        int[] shape = golden.Shape(name), size = golden.Shape(masks);
        (int height, int stride, int width) = (shape[^2], shape[^1], size[^1]);
        byte[] bits = golden.Bytes(name), labels = new byte[width * height];
        for (int plane = 0; plane < bits.Length / (height * stride); plane++)
        {
            for (int i = 0; i < labels.Length; i++)
            {
                int x = i % width;
                if (((bits[(((plane * height) + (i / width)) * stride) + (x / 8)] >> (7 - (x % 8))) & 1) == 1)
                {
                    labels[i] = (byte)(plane + 1);
                }
            }
        }

        return new(width, height, labels);
    }
}
