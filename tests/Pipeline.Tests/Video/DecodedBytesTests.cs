using System.Security.Cryptography;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Planar YUV comes out bit for bit as the ffmpeg program writes it.</summary>
public class DecodedBytesTests
{
    private static IEnumerable<object[]> Checksums() =>
        File.ReadAllLines(VideoFixtures.File("checksums.txt")).Select(line => line.Split(' ').ToArray<object>());

    [TestCaseSource(nameof(Checksums))]
    public void All_frames_are_ffmpegs(string file, string sha256)
    {
        using VideoReader reader = new(VideoFixtures.File(file));
        using VideoFrame frame = FramePool.Shared.Rent();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (reader.ReadNext(frame))
            hash.AppendData(frame.Packed());
        Assert.That(Convert.ToHexStringLower(hash.GetHashAndReset()), Is.EqualTo(sha256));
    }

    [TestCase("gray", 8, 128)]
    [TestCase("gray10le", 10, 512)]
    public void Gray_gets_neutral_chroma(string pixels, int bits, int neutral)
    {
        using VideoReader reader = new(VideoFixtures.File($"made/pixels_{pixels}.mkv"));
        using VideoFrame frame = reader.Read(0);
        Assert.That(frame.Format.Packed(), Is.EqualTo(new FrameFormat(50, 34, 1, 1, bits, true, ColorMatrix.Bt601, 0)));
        int[] samples = Samples(frame);
        Assert.That(samples.Skip(50 * 34), Is.All.EqualTo(neutral));
        Assert.That(samples.Take(50 * 34).Max(), Is.GreaterThan(neutral));
    }

    [TestCase("yuv440p.mkv", 0, 0)]
    [TestCase("yuv411p.mkv", 1, 0)]
    [TestCase("nv12.nut", 1, 1)]
    public void Other_layouts_keep_their_luma(string pixels, int shiftX, int shiftY)
    {
        using VideoReader reader = new(VideoFixtures.File("made/pixels_" + pixels));
        using VideoReader plain = new(VideoFixtures.File("made/pixels_yuv444p.mkv"));
        using VideoFrame frame = reader.Read(0);
        using VideoFrame expected = plain.Read(0);
        Assert.That((frame.Format.ChromaShiftX, frame.Format.ChromaShiftY, frame.Format.BitDepth), Is.EqualTo((shiftX, shiftY, 8)));
        Assert.That(frame.Packed()[..(50 * 34)], Is.EqualTo(expected.Packed()[..(50 * 34)]));
    }

    [Test]
    public void Semi_planar_chroma_is_pulled_apart()
    {
        using VideoReader reader = new(VideoFixtures.File("made/pixels_nv12.nut"));
        using VideoReader plain = new(VideoFixtures.File("made/pixels_yuv420p.mkv"));
        using VideoFrame frame = reader.Read(0);
        using VideoFrame expected = plain.Read(0);
        Assert.That(frame.Packed(), Is.EqualTo(expected.Packed()));
    }

    [Test]
    public void Sixteen_bits_become_twelve()
    {
        using VideoReader reader = new(VideoFixtures.File("made/pixels_yuv420p16le.mkv"));
        using VideoReader plain = new(VideoFixtures.File("made/pixels_yuv420p10le.mkv"));
        using VideoFrame frame = reader.Read(0);
        using VideoFrame expected = plain.Read(0);
        Assert.That(frame.Format.BitDepth, Is.EqualTo(12));
        int[] actual = Samples(frame);
        int[] tenBits = Samples(expected);
        // Both were rounded from the same picture: half a step of ten bits (2) each way, and one of twelve with dither.
        for (int index = 0; index < actual.Length; index++)
            Assert.That(actual[index], Is.EqualTo(tenBits[index] * 4).Within(4));
    }

    [TestCase("orange.mkv")]
    public void Rgb_becomes_full_range_Bt709(string pixels)
    {
        using VideoReader reader = new(VideoFixtures.File("made/pixels_" + pixels));
        using VideoFrame frame = reader.Read(0);
        Assert.That(frame.Format.Packed(), Is.EqualTo(new FrameFormat(50, 34, 0, 0, 8, true, ColorMatrix.Bt709, 0)));
        (double red, double green, double blue) = (0xC8, 0x64, 0x32);
        double luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        double[] planes = [luma, 128 + (blue - luma) / 1.8556, 128 + (red - luma) / 1.5748];
        int[] samples = Samples(frame);
        // Half a step for rounding and half for libswscale's 15-bit coefficients.
        for (int plane = 0; plane < 3; plane++)
            Assert.That(samples.Skip(plane * 50 * 34).Take(50 * 34), Is.All.EqualTo(planes[plane]).Within(1));
    }

    [TestCase("made/pixels_gbrp.mkv")]
    [TestCase("made/pixels_bgr0.mkv")]
    [TestCase("made/pixels_pal8.gif")]
    [TestCase("made/pixels_monob.nut")]
    public void Uncommon_formats_decode(string file)
    {
        using VideoReader reader = new(VideoFixtures.File(file));
        using VideoFrame frame = reader.Read(0.1);
        Assert.That(frame.Format.FullRange, Is.True);
        Assert.That(Samples(frame).Distinct().Count(), Is.GreaterThan(1));
    }

    private static int[] Samples(VideoFrame frame)
    {
        byte[] bytes = frame.Packed();
        return frame.Format.BytesPerSample == 1
            ? [.. bytes.Select(value => (int)value)]
            : [.. Enumerable.Range(0, bytes.Length / 2).Select(index => (int)BitConverter.ToUInt16(bytes, 2 * index))];
    }
}
