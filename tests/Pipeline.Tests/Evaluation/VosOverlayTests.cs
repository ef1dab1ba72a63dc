using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Visualise;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Evaluation;

/// <summary><c>evaluate vos --overlay</c>: the masks over the frames, as a film.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VosOverlayTests : IDisposable
{
    private const int Side = MovingSquare.Side;

    /// <summary>What the film's quantiser may change.</summary>
    private const int Quantised = 8;

    /// <summary>The square is white, half covered by the first object's dark red; the ground is black, and bare.</summary>
    private static readonly int[] Covered = [191, 127, 127], Black = [0, 0, 0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void A_film_shows_the_object_where_it_has_moved_to()
    {
        MovingSquare.WriteSequence(_folder.File("davis"));

        CommandResult result = Evaluate("--overlay", "--output", _folder.File("out"));

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        using CpuDevice device = new(1);
        using VideoReader film = new(_folder.File("out/square.mp4"));
        Assert.That(film.Info.FrameCountEstimate, Is.EqualTo(MovingSquare.Frames));
        for (int t = 0; t < MovingSquare.Frames; t++)
        {
            using VideoFrame frame = film.Read(t / film.Info.FramesPerSecond);
            RgbImage picture = FramePictures.Whole(device, frame);

            (int left, int top) = MovingSquare.Corner(t);
            Assert.That(At(picture, (left + 1) * BrightAndDark.Patch, (top + 1) * BrightAndDark.Patch), Is.EqualTo(Covered).Within(Quantised), $"frame {t}");
            Assert.That(At(picture, Side - 4, 4), Is.EqualTo(Black).Within(Quantised), $"frame {t}");
        }
    }

    [Test]
    public void Films_need_a_place()
    {
        MovingSquare.WriteSequence(_folder.File("davis"));

        CommandResult result = Evaluate("--overlay");

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain("--output FOLDER"));
    }

    private CommandResult Evaluate(params string[] arguments) => CommandResult.Of(
        ["evaluate", "vos", _folder.File("davis"), "--weights", BrightAndDark.Write(_folder.File("weights.safetensors")), "--short-side", $"{Side}", .. arguments]);

    private static int[] At(RgbImage image, int x, int y) => [.. image.Pixels[(3 * ((y * image.Width) + x))..][..3]];
}
