using DoRA.Kernels.Augment;
using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;

namespace DoRA.Pipeline.Evaluation.LinearProbe;

/// <summary>
/// The linear probe: a linear classifier on frozen features of random crops, drawn anew each epoch, then tested on the middle of the test
/// pictures.
/// </summary>
public sealed class LinearEvaluation(FrozenEncoder encoder, LinearSettings settings, CenterCrop crop)
{
    private const int EncoderBatch = 16;
    private const int TopClasses = 5;
    private static readonly Interval Area = new(0.08, 1);

    /// <param name="report">Told how many pictures are done of how many, every epoch's and the test's.</param>
    public LinearResults Run(ImageSplit split, Action<int, int> report, CancellationToken interruption)
    {
        IReadOnlyList<LabelledImage> training = split.Training.Images, test = split.Test.Images;
        int width = ProbeInput.WidthOf(encoder, settings.Blocks, settings.AveragesPatches), all = (training.Count * settings.Epochs)
            + test.Count, done = 0;
        using LinearHead head = new(encoder.Device, width, split.Classes.Count, (ulong)settings.Seed);
        double loss = double.NaN;
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            int[] order = Shuffle(training.Count, epoch);
            double sum = 0;
            for (int first = 0; first < order.Length; first += settings.Batch)
            {
                int[] batch = order[first..Math.Min(first + settings.Batch, order.Length)];
                float[] features = Features(
                    [.. batch.Select(index => training[index].Path)], (path, place) => RandomView(path, epoch, batch[place]), Count);
                sum += batch.Length * head.Step(features, [.. batch.Select(index => training[index].Label)], settings.RateOf(epoch));
            }

            loss = sum / order.Length;
        }

        float[] logits = head.Logits(Features([.. test.Select(image => image.Path)], (path, _) => crop.Apply(RgbImage.Load(path)), Count));
        int[] places = [.. test.Select((image, row) => PlaceOf(logits.AsSpan(row * head.Classes, head.Classes), image.Label))];
        return new(
            split.Classes.Count, training.Count, test.Count, loss, Percent(places, 1),
                Percent(places, Math.Min(TopClasses, split.Classes.Count)));

        void Count(int pictures)
        {
            interruption.ThrowIfCancellationRequested();
            report(done += pictures, all);
        }
    }

    /// <summary>How many classes have a larger logit, or as large a one and a lower number.</summary>
    public static int PlaceOf(ReadOnlySpan<float> logits, int label)
    {
        int place = 0;
        for (int index = 0; index < logits.Length; index++)
        {
            place += logits[index] > logits[label] || (logits[index] == logits[label] && index < label) ? 1 : 0;
        }

        return place;
    }

    private static double Percent(int[] places, int top) => 100.0 * places.Count(place => place < top) / places.Length;

    private float[] Features(string[] paths, Func<string, int, RgbImage> view, Action<int> encoded)
    {
        int width = ProbeInput.WidthOf(encoder, settings.Blocks, settings.AveragesPatches),
            length = RgbImage.Channels * crop.Size * crop.Size;
        float[] features = new float[paths.Length * width];
        for (int start = 0; start < paths.Length; start += EncoderBatch)
        {
            int first = start, count = Math.Min(EncoderBatch, paths.Length - first);
            float[] planes = new float[count * length];
            Parallel.For(0, count, i => Normalization.ImageNet.Apply(view(paths[first + i], first + i)).CopyTo(planes.AsSpan(i * length)));
            ProbeInput.Of(encoder, planes, count, crop.Size, settings.Blocks, settings.AveragesPatches)
                .CopyTo(features.AsSpan(first * width));
            encoded(count);
        }

        return features;
    }

    private RgbImage RandomView(string path, int epoch, int image)
    {
        RgbImage picture = RgbImage.Load(path);
        ViewNumbers numbers = new(Numbers(epoch, image), Block: 0);
        CropBox box = RandomResizedCrop.Draw(numbers, new(picture.Height, picture.Width), Area);
        RgbImage view = picture.Crop(box.Left, box.Top, box.Width, box.Height).Resize(crop.Size, crop.Size, PillowFilter.Bilinear);
        return numbers.Happens(ViewNumbers.Flip, 0.5f) ? view.Flip() : view;
    }

    private int[] Shuffle(int count, int epoch)
    {
        PhiloxStream numbers = Numbers(epoch, -1);
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = numbers.Integer((uint)i, i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    private PhiloxStream Numbers(int epoch, int item) => new((ulong)settings.Seed, RandomPurpose.Evaluation, (uint)epoch, (uint)item);
}

/// <summary>What came out.</summary>
/// <param name="Loss">The last epoch's mean cross-entropy in nats.</param>
/// <param name="Top1">In %.</param>
/// <param name="Top5">In %.</param>
public sealed record LinearResults(int Classes, int TrainingPictures, int TestPictures, double Loss, double Top1, double Top5);
