using System.CommandLine;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Visualise;
using SkiaSharp;

namespace DoRA.Pipeline.Cli;

/// <summary><c>visualise attention|tracks|features INPUT --output FILE|FOLDER</c>: what a network sees, over pictures and videos.</summary>
internal sealed class VisualiseCommand
{
    private const int UsualObjects = 3;

    /// <summary>A picture of 448 pixels in patches of 16; a coarser grid shows little.</summary>
    private const int FewestPatches = 28;

    private readonly Argument<string> _input = new("INPUT") { Description = "A picture, a video, or a folder of pictures that are a video's frames." };

    private readonly Option<string> _weights = new("--weights") { HelpName = "RUN|FILE", Description = $"The encoder: {EncoderOptions.Sources}.", Required = true };

    private readonly Option<string> _output = new("--output")
    {
        HelpName = "FILE|FOLDER", Description = "Where to draw: NAME.png for a picture; for frames NAME.mp4, or a folder for a PNG a frame.", Required = true,
    };

    private readonly Option<double> _from = new("--from") { HelpName = "SECONDS", Description = "The first frame's time; default 0." };

    private readonly Option<double> _seconds =
        new("--seconds") { HelpName = "SECONDS", Description = "How long from there.", DefaultValueFactory = _ => 4 };

    private readonly Option<double?> _every =
        new("--every") { HelpName = "SECONDS", Description = "From one frame to the next; default 0.1, or every picture of a folder." };

    private readonly Option<int> _shortSide = new("--short-side")
    {
        HelpName = "PIXELS",
        Description = $"Short side of what the network is shown; default twice the side that it was made for, or {FewestPatches} patches where that is more.",
    };

    private readonly EncoderOptions _encoder = new();
    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says more, and where an error came from." };

    public static Command Create(Terminal terminal)
    {
        Option<int> objects = new("--objects")
        {
            HelpName = "N", Description = $"How many to discover, one for an attention head; default {UsualObjects}, or as many as there are heads.",
        };
        Command tracks = Create(
            terminal, "tracks", "Discovers objects in the first frame and follows them.",
            (whole, parsed) => new TracksDrawing(whole, new(Objects(parsed.GetValue(objects), whole.Encoder.Configuration.Heads))));
        tracks.Add(objects);
        return new("visualise", "Draws what a network sees over a picture or a video.\nExample: dora visualise tracks walk.mp4 --weights runs/walk --output tracks.mp4")
        {
            Create(terminal, "attention", "Shows what each head's CLS token attends to.", (whole, _) => new AttentionDrawing(whole)),
            tracks,
            Create(terminal, "features", "Shows patch tokens as colours, alike where the network takes them for alike.", (whole, _) => new FeaturesDrawing(whole)),
        };
    }

    private static Command Create(Terminal terminal, string name, string what, Func<WholePicture, ParseResult, IDrawing> drawing)
    {
        VisualiseCommand options = new();
        Command command = new(name, $"{what}\nExample: dora visualise {name} walk.mp4 --weights runs/walk --from 10 --output {name}.mp4")
        {
            options._input, options._weights, options._output, options._from, options._seconds, options._every, options._shortSide,
        };
        options._encoder.AddTo(command);
        options._device.AddTo(command);
        foreach (Option option in (Option[])[options._json, options._verbose])
        {
            command.Add(option);
        }

        command.SetAction((parsed, interruption) => Task.FromResult(options.Run(parsed, drawing, terminal, interruption)));
        return command;
    }

    private static int Objects(int wanted, int heads) => wanted == 0 ? Math.Min(UsualObjects, heads)
        : wanted > 0 && wanted <= heads ? wanted
        : throw new UserException($"--objects is {wanted}; each takes an attention head of its own, so give 1 to {heads}.");

    private int Run(ParseResult parsed, Func<WholePicture, ParseResult, IDrawing> drawing, Terminal terminal, CancellationToken interruption)
    {
        string path = parsed.GetRequiredValue(_output);
        using PictureInput input = new(
            parsed.GetRequiredValue(_input), parsed.GetValue(_from), parsed.GetValue(_seconds), parsed.GetValue(_every));
        using PictureOutput output = PictureOutput.Create(path, input.IsFilm, 1 / input.Every);
        using Device device = Devices.Open(_device.Run(parsed), terminal.Say);
        using FrozenEncoder encoder = EncoderFile.Open(
            device, _encoder.Choice(parsed, parsed.GetRequiredValue(_weights)), out EncoderDescription description);
        int shortSide = ShortSide(parsed.GetValue(_shortSide), encoder.Configuration);
        IDrawing draws = drawing(new(encoder, shortSide), parsed);
        int frames = new WorkProgress(terminal).Run("frames", report =>
        {
            int done = 0;
            foreach (SKBitmap bitmap in draws.Draw(input))
            {
                using (bitmap)
                {
                    interruption.ThrowIfCancellationRequested();
                    output.Add(bitmap);
                }

                report(++done, input.Count);
            }

            output.Complete();
            return done;
        });
        terminal.Result(parsed.GetValue(_json) ? ResultJson.Of(new { output = path, frames, shortSide, encoder = description }) : path);
        return ExitCode.Done;
    }

    private static int ShortSide(int wanted, VisionTransformerConfiguration sizes) => wanted == 0 ? Math.Max(2 * sizes.ImageSize, FewestPatches * sizes.Patch)
        : wanted >= sizes.Patch ? wanted
        : throw new UserException($"--short-side is {wanted}; give at least a patch of this network, {sizes.Patch}.");
}
