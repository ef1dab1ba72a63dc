using System.Runtime.CompilerServices;
using DoRA.Kernels;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Frames that lie where their decoder wrote them are the copied ones, stay as they are, and give their memory back.</summary>
public unsafe class DecodedInPlaceTests
{
    private static readonly string[] Videos = [".mp4", ".mkv", ".mov", ".ts", ".avi", ".webm", ".nut", ".gif", ".h264"];

    private static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(VideoFixtures.Folder, "*", SearchOption.AllDirectories)
            .Where(file => Videos.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(VideoFixtures.Folder, file))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Files))]
    public void They_are_the_copied_ones(string file)
    {
        using FramePool pool = new(), other = new();
        try
        {
            // To a reader that shrinks what it reads at a time, the decoder brings memory of its own.
            using VideoReader reader = new(VideoFixtures.File(file), pool: pool), copier = new(VideoFixtures.File(file), new() { ShortSide = 1 }, other);
            using VideoFrame shown = pool.Rent(), copied = other.Rent();
            for (int i = 0; i < 60 && reader.ReadNext(shown); i++)
            {
                Assert.That(copier.ReadNext(copied), Is.True);
                Assert.That(copied.IsInPlace(), Is.False);
                Assert.That((shown.Seconds, shown.Format.Packed()), Is.EqualTo((copied.Seconds, copied.Format)));
                Assert.That(shown.Packed().AsSpan().SequenceEqual(copied.Bytes), $"frame {i}");
            }
        }
        catch (UserException)
        {
            // Some of the files are there to be refused, with whatever was decoded until then.
        }
        Assert.That((pool.BlocksOut, other.BlocksOut), Is.EqualTo((0, 0)));
    }

    [TestCase("flower_h264_fragmented.mp4", true)]
    [TestCase("gopro3s_hevc.mp4", true)]
    [TestCase("h264_10bits.mp4", true)]
    [TestCase("h265_10bits.mp4", true)]
    [TestCase("flower_vp8.webm", true)]
    [TestCase("gopro3s_vp9.webm", true)]
    [TestCase("gopro3s_mpeg4.avi", true)]
    [TestCase("gopro3s_mpeg2.ts", true)]
    [TestCase("made/turned_90.mp4", true)]
    [TestCase("made/pixels_yuv420p.mkv", true)]
    [TestCase("made/pixels_yuv422p.mkv", true)]
    [TestCase("made/pixels_yuv444p.mkv", true)]
    [TestCase("made/pixels_yuv422p10le.mkv", true)]
    [TestCase("made/pixels_yuv444p12le.mkv", true)]
    [TestCase("made/pixels_yuva420p.mkv", true)]
    [TestCase("made/pixels_gray.mkv", true)]
    [TestCase("made/pixels_gray10le.mkv", true)]
    [TestCase("made/pixels_gbrp.mkv", false)]
    [TestCase("made/pixels_pal8.gif", false)]
    [TestCase("made/pixels_nv12.nut", false)]
    [TestCase("made/pixels_yuv411p.mkv", false)]
    [TestCase("made/pixels_yuv420p16le.mkv", false)]
    public void Planar_video_needs_no_copy(string file, bool inPlace)
    {
        using VideoReader reader = new(VideoFixtures.File(file));
        using VideoFrame frame = reader.Read(0.2);
        Assert.That(frame.IsInPlace(), Is.EqualTo(inPlace));
        Assert.That((long)frame.Pointer % 64, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(4)]
    public void A_kept_frame_stays_as_it_is_when_the_reader_goes_on_and_ends(int threads)
    {
        using FramePool pool = new();
        List<(VideoFrame Frame, byte[] Packed)> kept = [];
        using (VideoReader reader = new(VideoFixtures.File("gopro3s_hevc.mp4"), new() { Threads = threads }, pool))
        {
            for (VideoFrame frame = pool.Rent(); reader.ReadNext(frame); frame = pool.Rent())
                kept.Add((frame, frame.Packed()));
        }
        Assert.That(kept, Has.Count.EqualTo(90));
        Assert.That(kept.Select(entry => entry.Frame.Pointer).Distinct().Count(), Is.EqualTo(90));
        Assert.That(kept.All(entry => entry.Frame.IsInPlace() && entry.Frame.Packed().SequenceEqual(entry.Packed)));
        Assert.That(pool.BlocksOut, Is.EqualTo(90), "the decoder holds none");
        kept.ForEach(entry => entry.Frame.Dispose());
        Assert.That(pool.BlocksOut, Is.Zero);
    }

    [Test]
    public void Memory_is_used_again()
    {
        using FramePool pool = new();
        using VideoReader reader = new(VideoFixtures.File("made/count.mp4"), pool: pool);
        using VideoFrame frame = pool.Rent();
        Random random = new(5);
        int Taken() => pool.BlocksOut + pool.BlocksIdle;
        int most = 0;
        for (int repeat = 0; repeat < 300; repeat++)
        {
            reader.ReadAt(random.NextDouble() * 8, frame);
            if (repeat == 50)
                most = Taken();
        }
        Assert.That(Taken(), Is.LessThanOrEqualTo(most));
        // H.264 refers to 16 pictures at most; one is decoded, one shown, one follows and one the frame keeps.
        Assert.That(most, Is.LessThanOrEqualTo(16 + 4));
    }

    [Test]
    public void A_frame_of_another_pool_gets_a_copy()
    {
        using FramePool pool = new(), other = new();
        using VideoReader reader = new(VideoFixtures.File("made/count.mp4"), pool: pool);
        using VideoFrame shown = pool.Rent(), copied = other.Rent();
        reader.ReadAt(1, shown);
        reader.ReadAt(1, copied);
        Assert.That((shown.IsInPlace(), copied.IsInPlace(), other.BlocksOut), Is.EqualTo((true, false, 1)));
        Assert.That(copied.Bytes.SequenceEqual(shown.Packed()));

        // A frame that showed a picture in place and is written to next lets go of it before.
        int taken = pool.BlocksOut;
        shown.Prepare(copied.Format, 0);
        Assert.That((shown.IsInPlace(), pool.BlocksOut), Is.EqualTo((false, taken + 1)), "the reader shows the picture still");
    }

    [Test]
    public void They_are_encoded_as_they_look()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("again.mkv");
        using VideoReader reader = new(VideoFixtures.File("made/count.mp4"));
        using VideoFrame frame = reader.Read(1);
        using (VideoWriter writer = new(file, new("ffv1", "matroska", "yuv420p", frame.Format.Width, frame.Format.Height, 25, 1, [])))
        {
            writer.Write(frame, 0);
            writer.Finish();
        }
        using VideoReader again = new(file);
        using VideoFrame read = again.Read(0);
        Assert.That((frame.IsInPlace(), read.IsInPlace()), Is.EqualTo((true, true)));
        Assert.That(read.Packed(), Is.EqualTo(frame.Packed()));
    }

    [Test]
    public void Frames_outlive_pool_and_reader()
    {
        FramePool pool = new();
        VideoReader reader = new(VideoFixtures.File("made/count.mp4"), pool: pool);
        VideoFrame frame = reader.Read(1);
        byte[] packed = frame.Packed();
        pool.Dispose();
        using (VideoFrame after = reader.Read(2))
            Assert.That(after.IsInPlace(), Is.True);
        reader.Dispose();
        Assert.That(frame.Packed(), Is.EqualTo(packed));
        frame.Dispose();
        Assert.That(pool.BlocksIdle, Is.Zero);
    }

    [Test]
    public void A_forgotten_frame_gives_its_memory_back()
    {
        using FramePool pool = new();
        Forget(pool);
        for (int i = 0; i < 100 && pool.BlocksOut > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.That(pool.BlocksOut, Is.Zero);
    }

    [TestCase("crop-rect=4,2,6,8")]
    [TestCase("crop-rect=0,10,2,0")]
    public void A_part_of_what_was_decoded_is_shown_where_it_lies(string crop)
    {
        FFmpegLibraries.Load();
        if (ffmpeg.avcodec_find_encoder_by_name("libx264") == null)
            Assert.Ignore("this FFmpeg has no libx264 to encode such a video with");
        using TemporaryFolder folder = new();
        string file = folder.File("cropped.mkv");
        EncodedVideo.Write(file, "libx264", 4, (frame, row) => (byte)(20 + (4 * row) + frame), null, ("qp", "0"), ("x264-params", crop));
        using VideoReader reader = new(file);
        using VideoFrame frame = reader.Read(0.1);
        int top = int.Parse(crop.Split('=', ',')[2]), bottom = int.Parse(crop.Split(',')[3]);
        Assert.That(frame.IsInPlace(), Is.True);
        Assert.That(frame.Format.Layout.Luma, Is.Positive, "the rows above are left out");
        Assert.That(EncodedVideo.Rows(frame), Is.EqualTo(Enumerable.Range(top, EncodedVideo.Height - top - bottom).Select(row => 22.0 + (4 * row))));
    }

    [Test]
    public void Memory_that_nobody_asks_for_is_freed()
    {
        Clock clock = new();
        using FramePool pool = new(clock: clock);
        HostBuffer small = pool.RentBlock(1), large = pool.RentBlock(1 << 20);
        pool.Return(large);
        clock.Seconds = 11;
        Assert.That(pool.RentBlock(1 << 20), Is.SameAs(large), "while nothing comes back nothing is freed");
        pool.Return(large);
        clock.Seconds = 20;
        pool.Return(small);
        Assert.That((pool.BlocksOut, pool.BlocksIdle), Is.EqualTo((0, 2)));
        clock.Seconds = 22;
        pool.Return(pool.RentBlock(1));
        Assert.That((pool.BlocksIdle, large.Pointer), Is.EqualTo((1, (nint)0)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(FramePool pool)
    {
        using VideoReader reader = new(VideoFixtures.File("made/count.mp4"), pool: pool);
        Assert.That(reader.Read(1).IsInPlace(), Is.True);
    }

    private sealed class Clock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
