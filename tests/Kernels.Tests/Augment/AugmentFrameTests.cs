using CsCheck;
using DoRA.Kernels.Augment;
using DoRA.References;

namespace DoRA.Kernels.Tests.Augment;

/// <summary>Crops of decoded frames by the CPU engine against the double reference.</summary>
public class AugmentFrameTests
{
    // Two interpolations and the matrix: some ten roundings of numbers up to 2 (white through 2(1 − k_b) of the widest matrix), each
    // 1.2e-7.
    private const double Tolerance = 4e-6;

    [Test]
    public void Crops_of_every_format_agree_with_the_reference()
    {
        Gen<FrameFormat> formats = Gen.Select(
            Gen.Select(Gen.Int[1, 41], Gen.Int[1, 41]),
            OneOf((0, 0), (1, 0), (1, 1), (2, 0), (2, 2)),
            OneOf(8, 10, 12),
            Gen.Bool,
            OneOf(ColorMatrix.Bt601, ColorMatrix.Bt709, ColorMatrix.Bt2020),
            OneOf(0, 90, 180, 270),
            (size, shift, bits, full, matrix, rotation) =>
                new FrameFormat(size.Item1, size.Item2, shift.Item1, shift.Item2, bits, full, matrix, rotation));
        Gen.Select(formats, Gen.Int[1, 23], Gen.Int[1, 23], Gen.Int).Sample((format, height, width, seed) =>
        {
            Random random = new(seed);
            byte[] frame = Frame(format, random);
            int boxHeight = random.Next(1, format.DisplayHeight + 1), boxWidth = random.Next(1, format.DisplayWidth + 1);
            CropBox box = new(random.Next(format.DisplayHeight - boxHeight + 1), random.Next(format.DisplayWidth - boxWidth + 1),
                boxHeight, boxWidth);
            (byte[] spread, FrameFormat layout) = AugmentRig.Spread(frame, format, random);
            float[] crop = AugmentRig.Crops(frame, format, new(height, width), box)[0];
            Assert.That(AugmentRig.Crops(spread, layout, new(height, width), box)[0], Is.EqualTo(crop), "strides and offsets change nothing");
            IEnumerable<double> actual = crop.Select(value => (double)value);
            return AugmentRig.LargestDifference(actual, Reference(frame, format, box, height, width)) <= Tolerance;
        }, iter: 400);
    }

    [TestCase(ColorMatrix.Bt601)]
    [TestCase(ColorMatrix.Bt709)]
    [TestCase(ColorMatrix.Bt2020)]
    public void White_black_and_gray_have_no_color_at_either_range(ColorMatrix matrix)
    {
        foreach ((int bits, bool full, int luma, float expected) in new[]
        {
            (8, false, 16, 0f), (8, false, 235, 1f), (8, true, 0, 0f), (8, true, 255, 1f), (10, false, 64, 0f), (10, false, 940, 1f),
            (12, true, 4095, 1f), (8, false, 5, 0f), (8, false, 250, 1f), (8, true, 51, 0.2f),
        })
        {
            FrameFormat format = new(6, 4, 1, 1, bits, full, matrix, 0);
            byte[] frame = new byte[format.Bytes];
            int lumaSamples = format.Width * format.Height, samples = lumaSamples + (2 * format.ChromaWidth * format.ChromaHeight);
            for (int i = 0; i < samples; i++)
            {
                Write(frame, format, i, i < lumaSamples ? luma : 128 << (bits - 8));
            }

            foreach (float value in AugmentRig.Crops(frame, format, new(5, 5), new CropBox(0, 0, 4, 6))[0])
            {
                Assert.That(!(Math.Abs(value - expected) <= Tolerance), Is.False, $"{bits} bits, full range {full}, luma {luma}: {value}");
            }
        }
    }

    [Test]
    public void A_turned_frame_gives_the_turned_crop()
    {
        // One bright luma sample in the stored top left corner: where the viewer sees it.
        foreach ((int rotation, int row, int column) in new[] { (0, 0, 0), (90, 0, 3), (180, 3, 5), (270, 5, 0) })
        {
            FrameFormat format = new(6, 4, 0, 0, 8, true, ColorMatrix.Bt709, rotation);
            byte[] frame = new byte[format.Bytes];
            frame.AsSpan(24).Fill(128);
            frame[0] = 255;
            PictureSize size = new(format.DisplayHeight, format.DisplayWidth);
            float[] crop = AugmentRig.Crops(frame, format, size, CropBox.Whole(size))[0][..size.Pixels];
            Assert.That(Array.IndexOf(crop, crop.Max()), Is.EqualTo((row * size.Width) + column), $"rotation {rotation}");
        }
    }

    [Test]
    public void Frames_and_boxes_outside_their_memory_are_refused()
    {
        FrameFormat format = new(6, 4, 1, 1, 8, false, ColorMatrix.Bt709, 90);
        byte[] frame = new byte[format.Bytes];
        Assert.That(() => AugmentRig.Crops(frame, format, new(2, 2), new CropBox(0, 0, 4, 6)), Throws.ArgumentException);
        Assert.That(() => AugmentRig.Crops(frame[1..], format, new(2, 2), new CropBox(0, 0, 4, 4)), Throws.ArgumentException);
        foreach (FrameLayout layout in new FrameLayout[] { new(-1, 24, 30, 6, 3), new(0, -1, 30, 6, 3), new(0, 24, 31, 6, 3), new(13, 0, 6, 6, 3),
            new(0, 24, 30, 5, 3), new(0, 24, 30, 6, 2), new(0, 24, 24, 6, 10) })
        {
            Assert.That(() => AugmentRig.Crops(frame, format with { Layout = layout }, new(2, 2), new CropBox(0, 0, 4, 4)), Throws.ArgumentException, $"{layout}");
        }
    }

    [Test]
    public void Planes_lie_packed_unless_a_layout_is_given()
    {
        FrameFormat packed = new(7, 5, 1, 1, 10, false, ColorMatrix.Bt709, 0);
        Assert.That(packed.Layout, Is.EqualTo(new FrameLayout(0, 70, 94, 14, 8)));
        Assert.That(packed.Bytes, Is.EqualTo(118));
        FrameFormat spread = packed with { Layout = new(64, 512, 320, 32, 16) };
        Assert.That(spread.Plane(2), Is.EqualTo(new FramePlane(320, 16, 8, 3)));
        Assert.That(spread.Bytes, Is.EqualTo(512 + (2 * 16) + 8), "to the end of the plane that lies last");
        Assert.That(spread, Is.Not.EqualTo(packed));
        Assert.That(spread with { Layout = default }, Is.EqualTo(packed));
        Assert.That(default(FrameFormat).Bytes, Is.Zero);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static IEnumerable<double> Reference(byte[] frame, FrameFormat format, CropBox box, int height, int width)
    {
        int luma = format.Width * format.Height, chroma = format.ChromaWidth * format.ChromaHeight;
        double[,] y = Plane(frame, format, 0, format.Height, format.Width);
        double[,] u = Plane(frame, format, luma, format.ChromaHeight, format.ChromaWidth);
        double[,] v = Plane(frame, format, luma + chroma, format.ChromaHeight, format.ChromaWidth);
        (double red, double blue) = format.Matrix switch
        {
            ColorMatrix.Bt601 => (0.299, 0.114),
            ColorMatrix.Bt709 => (0.2126, 0.0722),
            _ => (0.2627, 0.0593),
        };
        double[][] pixels = new double[height * width][];
        for (int i = 0; i < pixels.Length; i++)
        {
            double row = box.Top + AugmentReference.Position(i / width, box.Height, height);
            double column = box.Left + AugmentReference.Position(i % width, box.Width, width);
            (double storedRow, double storedColumn) = format.Rotation switch
            {
                90 => (format.Height - 1 - column, row),
                180 => (format.Height - 1 - row, format.Width - 1 - column),
                270 => (column, format.Width - 1 - row),
                _ => (row, column),
            };
            pixels[i] = AugmentReference.Rgb(
                y, u, v, format.ChromaShiftX, format.ChromaShiftY, format.BitDepth, format.FullRange, red, blue, storedRow, storedColumn);
        }

        return Enumerable.Range(0, 3).SelectMany(channel => pixels.Select(pixel => pixel[channel]));
    }

    private static byte[] Frame(FrameFormat format, Random random)
    {
        byte[] frame = new byte[format.Bytes];
        for (int i = 0; i < frame.Length / format.BytesPerSample; i++)
        {
            Write(frame, format, i, random.Next(1 << format.BitDepth));
        }

        return frame;
    }

    private static void Write(byte[] frame, FrameFormat format, int sample, int value)
    {
        frame[sample * format.BytesPerSample] = (byte)value;
        if (format.BytesPerSample == 2)
        {
            frame[(2 * sample) + 1] = (byte)(value >> 8);
        }
    }

    private static double[,] Plane(byte[] frame, FrameFormat format, int firstSample, int height, int width)
    {
        double[,] plane = new double[height, width];
        for (int i = 0; i < plane.Length; i++)
        {
            int at = (firstSample + i) * format.BytesPerSample;
            plane[i / width, i % width] = frame[at] + (format.BytesPerSample == 2 ? frame[at + 1] << 8 : 0);
        }

        return plane;
    }
}
