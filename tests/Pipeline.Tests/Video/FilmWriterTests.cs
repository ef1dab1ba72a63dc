using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class FilmWriterTests
{
    [Test]
    public void A_film_read_back_shows_its_pictures()
    {
        const int width = 65, height = 48, count = 10;
        using TemporaryFolder folder = new();
        string path = folder.File("film.mp4");
        using (FilmWriter film = new(path, width, height, 10))
        {
            for (int i = 0; i < count; i++)
            {
                byte level = (byte)(20 * i);
                film.Add(new(width, height, [.. Enumerable.Repeat(level, 3 * width * height)]));
            }

            film.Finish();
        }

        using VideoReader reader = new(path);
        Assert.That((reader.Info.Format.Width, reader.Info.Format.Height), Is.EqualTo((64, 48)));
        Assert.That(reader.Info.FramesPerSecond, Is.EqualTo(10).Within(1e-3));
        for (int i = 0; i < count; i++)
        {
            using VideoFrame frame = reader.Read(i / 10.0);
            double luma = frame.Packed()[..(64 * 48)].Average(value => (double)value);
            Assert.That(frame.Seconds, Is.EqualTo(i / 10.0).Within(1e-3));
            Assert.That(luma, Is.EqualTo(16 + (20 * i * 219 / 255.0)).Within(2), "the conversion's rounding and the encoder's quantiser");
            Assert.That(frame.Packed()[^1], Is.EqualTo(128).Within(1));
        }
    }

    [Test]
    public void A_place_that_cannot_be_written_to_is_named() =>
        Assert.That(() => new FilmWriter("/nowhere/film.mp4", 64, 48, 10), Throws.TypeOf<UserException>().With.Message.Contains("film.mp4"));
}
