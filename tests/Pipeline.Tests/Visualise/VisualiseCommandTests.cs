using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Export;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Visualise;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VisualiseCommandTests : IDisposable
{
    private const int Patch = BrightAndDark.Patch, Gap = 4;

    /// <summary>A step of eight bits for the blend, and one for the way of a frame over luma and chroma.</summary>
    private const double Blend = 2;

    private static readonly string Film = VideoFixtures.File("gopro3s_vp9.webm");

    private readonly TemporaryFolder _folder = new();
    private readonly string _weights;

    public VisualiseCommandTests() => _weights = BrightAndDark.Write(_folder.File("weights.safetensors"));

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Attention_is_a_sheet_of_the_picture_and_a_heat_map_a_head()
    {
        string picture = _folder.File("picture.png");
        BrightAndDark.WritePicture(picture, "wwkkkk", "wwkkkk", "kkkkkk", "kkkkkk");

        RgbImage sheet = Draw("attention", picture);

        // Three panels in two columns: the picture, head 0, head 1. A heat map covers 65 % of the picture, between (0, 0, 4) for no
        // attention and (252, 255, 164) for the most, so white becomes (253, 255, 196) or (89, 89, 92), black (164, 166, 107) or (0, 0, 3).
        (int width, int height) = (6 * Patch, 4 * Patch);
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo(((2 * width) + Gap, (2 * height) + Gap)));
        (int x, int y) white = (Patch / 2, Patch / 2), black = (width - (Patch / 2), height - (Patch / 2));
        Assert.Multiple(() =>
        {
            AssertColor(sheet, white.x, white.y, 255, 255, 255);
            AssertColor(sheet, black.x, black.y, 0, 0, 0);
            AssertColor(sheet, width + Gap + white.x, white.y, 253, 255, 196);
            AssertColor(sheet, width + Gap + black.x, black.y, 0, 0, 3);
            AssertColor(sheet, white.x, height + Gap + white.y, 89, 89, 92);
            AssertColor(sheet, black.x, height + Gap + black.y, 164, 166, 107);
        });
    }

    [Test]
    public void Tracks_colour_an_object_wherever_it_moves()
    {
        // The bright square is object 0, orange; all the rest is object 1, blue. More frames than are in memory at a time.
        string frames = _folder.File("frames");
        int[] places = [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 1, 2];
        for (int t = 0; t < places.Length; t++)
        {
            string row = new string('k', places[t]) + "ww" + new string('k', 4 - places[t]);
            BrightAndDark.WritePicture(Path.Combine(frames, $"{t:d2}.png"), "kkkkkk", row, row, "kkkkkk");
        }

        RgbImage[] drawn = DrawFrames("tracks", frames);

        Assert.That(drawn, Has.Length.EqualTo(places.Length));
        for (int t = 0; t < drawn.Length; t++)
        {
            for (int column = 0; column < 6; column++)
            {
                // In the middle of a patch, away from the outlines: 115/255 of the object's colour over white or black.
                bool isBright = column == places[t] || column == places[t] + 1;
                (byte red, byte green, byte blue) = isBright ? ((byte)244, (byte)212, (byte)140) : ((byte)39, (byte)81, (byte)105);
                AssertColor(drawn[t], (column * Patch) + (Patch / 2), Patch + (Patch / 2), red, green, blue, $"frame {t}, column {column}");
            }
        }
    }

    [Test]
    public void Features_have_one_meaning_of_a_colour_in_all_frames()
    {
        string frames = _folder.File("frames");
        BrightAndDark.WritePicture(Path.Combine(frames, "0.png"), "wwww", "wwww", "wwww", "rrrr", "rrrr", "rrrr", "kkkk", "kkkk", "kkkk");
        BrightAndDark.WritePicture(Path.Combine(frames, "1.png"), "kkkk", "kkkk", "kkkk", "kkkk", "kkkk", "kkkk", "wwww", "wwww", "wwww");

        RgbImage[] drawn = DrawFrames("features", frames);

        // Colours blend with those of patches up to two away, so what is compared lies further from other ones, the red in their middle.
        const int x = 2 * Patch, top = Patch / 4, bottom = (9 * Patch) - top;
        byte[] white = At(drawn[0], x, top), red = At(drawn[0], x, (top + bottom) / 2), black = At(drawn[0], x, bottom);
        Assert.Multiple(() =>
        {
            Assert.That(At(drawn[1], x, bottom), Is.EqualTo(white).Within(Blend));
            Assert.That(At(drawn[1], x, top), Is.EqualTo(black).Within(Blend));
            Assert.That(Distance(white, black), Is.GreaterThan(100));
            Assert.That(Distance(white, red), Is.GreaterThan(100));
            Assert.That(Distance(red, black), Is.GreaterThan(100));
        });
    }

    [TestCase("attention")]
    [TestCase("tracks")]
    [TestCase("features")]
    public void A_video_becomes_a_film_of_its_own_time(string what)
    {
        string target = _folder.File("new/out.mp4");
        string weights = EncoderFiles.Random(_folder.File("random.safetensors"), new(24, 2, 3, 8, 32));

        CommandResult result = CommandResult.Of(
            "visualise", what, Film, "--weights", weights, "--from", "1", "--seconds", "1", "--every", "0.25", "--output", target);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output.Trim(), Is.EqualTo(target));
        Assert.That(Directory.GetFiles(_folder.File("new")), Is.EqualTo(new[] { target }), "nothing half done is left");
        using VideoReader source = new(Film), film = new(target);
        int panels = what == "attention" ? 2 : 1;
        Assert.That(film.Info.FrameCountEstimate, Is.EqualTo(4));
        Assert.That(film.Info.FramesPerSecond, Is.EqualTo(4).Within(1e-6));
        Assert.That(film.Info.Format.Width, Is.EqualTo((panels * source.Info.Format.Width) + ((panels - 1) * Gap)));
    }

    [TestCase(3, 5)]
    [TestCase(1, 1)]
    [TestCase(101, 37)]
    [TestCase(40, 400)]
    public void A_picture_may_be_of_any_size(int width, int height)
    {
        string picture = _folder.File("picture.png");
        using (SKBitmap bitmap = new(width, height))
        using (FileStream file = File.Create(picture))
        {
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        }

        foreach (string what in new[] { "attention", "tracks", "features" })
        {
            CommandResult result = CommandResult.Of("visualise", what, picture, "--weights", _weights, "--output", _folder.File($"{what}.png"));
            Assert.That(result.ExitCode, Is.Zero, result.Messages);
        }

        RgbImage tracks = RgbImage.Load(_folder.File("tracks.png"));
        Assert.That((tracks.Width, tracks.Height), Is.EqualTo((width, height)));
    }

    [TestCase("ends in .png", "picture", "out.mp4")]
    [TestCase("ends in .png", "picture", "out")]
    [TestCase("ends in .mp4", "film", "out.png")]
    [TestCase("no video 'nowhere'", "nowhere", "out.mp4")]
    [TestCase("There is no picture nowhere.png", "nowhere.png", "out.png")]
    [TestCase("no frame begins at --from 9", "film", "out.mp4", "--from", "9")]
    [TestCase("--every 0", "film", "out.mp4", "--every", "0")]
    [TestCase("at least a patch of this network, 8", "picture", "out.png", "--short-side", "7")]
    [TestCase("more than 131072", "picture", "out.png", "--short-side", "100000")]
    [TestCase("give 1 to 2", "picture", "out.png", "--objects", "3")]
    public void Wrong_use_is_one_sentence_and_leaves_nothing(string said, string input, string output, params string[] arguments)
    {
        BrightAndDark.WritePicture(_folder.File("picture.png"), "wk", "kw");
        string path = input switch { "picture" => _folder.File("picture.png"), "film" => Film, _ => input };

        CommandResult result = CommandResult.Of(
            ["visualise", "tracks", path, "--weights", _weights, "--output", _folder.File(output), .. arguments]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.Messages);
        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Has.Length.EqualTo(2));
    }

    [Test]
    public void Missing_weights_are_named_and_no_folder_is_made()
    {
        CommandResult result = CommandResult.Of("visualise", "tracks", Film, "--weights", "nowhere", "--output", _folder.File("new/out.mp4"));

        Assert.That((result.ExitCode, result.Messages.Contains("There are no weights nowhere")), Is.EqualTo((2, true)), result.Messages);
        Assert.That(Directory.Exists(_folder.File("new")), Is.False);
    }

    [Test]
    public void Frames_of_several_sizes_are_no_film_but_pictures()
    {
        string frames = _folder.File("frames");
        BrightAndDark.WritePicture(Path.Combine(frames, "0.png"), "wk", "kw");
        BrightAndDark.WritePicture(Path.Combine(frames, "1.png"), "wkw", "kwk");

        CommandResult film = CommandResult.Of("visualise", "features", frames, "--weights", _weights, "--output", _folder.File("out.mp4"));

        Assert.That((film.ExitCode, film.Messages.Contains("give --output a folder")), Is.EqualTo((2, true)), film.Messages);
        Assert.That(Directory.GetFiles(_folder.Path, "out*"), Is.Empty);
        Assert.That(DrawFrames("features", frames).Select(picture => picture.Width), Is.EqualTo(new[] { 2 * Patch, 3 * Patch }));
    }

    private RgbImage Draw(string what, string picture)
    {
        string target = _folder.File($"{what}.png");
        CommandResult result = CommandResult.Of("visualise", what, picture, "--weights", _weights, "--short-side", "32", "--output", target);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        return RgbImage.Load(target);
    }

    private RgbImage[] DrawFrames(string what, string frames)
    {
        string target = _folder.File("drawn");
        CommandResult result = CommandResult.Of("visualise", what, frames, "--weights", _weights, "--short-side", "32", "--output", target);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        return [.. Directory.GetFiles(target).Order(StringComparer.Ordinal).Select(RgbImage.Load)];
    }

    private static byte[] At(RgbImage image, int x, int y) => image.Pixels[(3 * ((y * image.Width) + x))..][..3];

    private static void AssertColor(RgbImage image, int x, int y, byte red, byte green, byte blue, string where = "") =>
        Assert.That(At(image, x, y), Is.EqualTo(new[] { red, green, blue }).Within(Blend), $"at ({x}, {y}) {where}");

    private static int Distance(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Sum();
}
