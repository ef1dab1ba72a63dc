using DoRA.Kernels.Augment;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>High dynamic range and interlaced frames come out as what a standard display would show.</summary>
public class UnusualVideoTests
{
    // ITU-R BT.2408: reference white, 203 cd/m², is a signal of 58 % in PQ and of 75 % in HLG.
    [TestCase("smpte2084", 0.58)]
    [TestCase("arib-std-b67", 0.75)]
    public void Reference_white_is_bright_but_leaves_room(string transfer, double signal)
    {
        const double peak = 1000 / 203.0, most = (peak - 0.5) / 0.5, light = 0.5 + (0.5 * (1 + (1 / (most * most))) / 2);
        using TemporaryFolder folder = new();
        string path = WriteHdr(folder, transfer, (byte)Math.Round(16 + (219 * signal)));
        using VideoReader reader = new(path);
        using VideoFrame frame = reader.Read(0);
        Assert.That(frame.Format, Is.EqualTo(new FrameFormat(EncodedVideo.Width, EncodedVideo.Height, 1, 1, 8, false, ColorMatrix.Bt709, 0)));
        Assert.That((reader.Info.IsHdr, reader.Info.Transfer, reader.Info.Primaries), Is.EqualTo((true, transfer, "bt2020")));
        // The signal's own rounding (1/438 of the range, times the slope of both curves, at most 3) and the result's.
        Assert.That(EncodedVideo.Rows(frame), Is.All.EqualTo(16 + (219 * Math.Pow(light, 1 / 2.4))).Within(2));
        Assert.That(frame.Bytes[^1], Is.EqualTo(128).Within(1), "gray stays gray");
    }

    [TestCase("smpte2084")]
    [TestCase("arib-std-b67")]
    public void Dark_stays_dark_and_brighter_is_never_darker(string transfer)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ramp.mkv");
        EncodedVideo.Write(path, "ffv1", 1, (_, row) => (byte)(16 + (row * 219 / (EncodedVideo.Height - 1))), null, Hdr(transfer));
        using VideoReader reader = new(path);
        using VideoFrame frame = reader.Read(0);
        double[] rows = EncodedVideo.Rows(frame);
        Assert.That(rows, Is.Ordered);
        Assert.That(rows[0], Is.EqualTo(16).Within(1));
        Assert.That(rows[^1], Is.EqualTo(235).Within(1));
    }

    [Test]
    public void Hdr_is_the_same_from_store_and_proxy()
    {
        using TemporaryFolder folder = new();
        string path = WriteHdr(folder, "smpte2084", 120);
        VideoProxy proxy = new ProxyCache(folder.File("cache")).Make(path, new(32));
        using FrameStore store = FrameStore.TryLoad(path, 32, 1_000_000)!;
        using IFrameSource proxied = proxy.Open();
        using VideoReader reader = new(path);
        using VideoFrame direct = reader.Read(0), stored = store.Read(0), read = proxied.Read(0);
        double expected = EncodedVideo.Rows(direct)[0];
        Assert.That(EncodedVideo.Rows(stored), Is.All.EqualTo(expected));
        Assert.That(EncodedVideo.Rows(read), Is.All.EqualTo(expected).Within(1), "JPEG's rounding");
        Assert.That((stored.Format.Matrix, read.Format.Matrix), Is.EqualTo((ColorMatrix.Bt709, ColorMatrix.Bt709)));
    }

    [Test]
    public void Of_interlaced_frames_one_field_is_taken()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("interlaced.ts");
        EncodedVideo.Write(path, "mpeg2video", 10, (_, row) => row % 2 == 0 ? (byte)60 : (byte)180, null, ("flags", "+ilme+ildct"), ("qmin", "1"), ("qmax", "1"));
        using VideoReader reader = new(path);
        using VideoFrame whole = reader.Read(0.2), small = FramePool.Shared.Rent();
        Assert.That(reader.IsInterlaced, Is.True);
        Assert.That(whole.Format.Height, Is.EqualTo(EncodedVideo.Height));
        // The finest quantiser of MPEG-2 is off by at most two levels, and scaling rounds.
        Assert.That(EncodedVideo.Rows(whole), Is.All.EqualTo(60).Within(3));
        Assert.That(reader.ReadNext(small, 32, 24), Is.True);
        Assert.That(EncodedVideo.Rows(small), Is.All.EqualTo(60).Within(3));
    }

    private static string WriteHdr(TemporaryFolder folder, string transfer, byte level)
    {
        string path = folder.File("hdr.mkv");
        EncodedVideo.Write(path, "ffv1", 3, (_, _) => level, null, Hdr(transfer));
        return path;
    }

    private static (string, string)[] Hdr(string transfer) =>
        [("color_trc", transfer), ("color_primaries", "bt2020"), ("colorspace", "bt2020nc"), ("color_range", "tv")];
}
