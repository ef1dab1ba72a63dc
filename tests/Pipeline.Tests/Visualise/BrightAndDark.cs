using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Visualise;

/// <summary>
/// A network of one block that is known throughout: a patch's token is its brightness (first value; its negative is the second) and its
/// redness (third; its negative is the fourth), the CLS token is a bright one. Head 0 attends to bright patches, head 1 to dark ones, and neither
/// adds to the tokens.
/// </summary>
internal static class BrightAndDark
{
    public const int Patch = 8, Side = 32;
    private const int Width = 8;

    /// <summary>What the brightness in queries and keys is multiplied by: large, so that attention goes wholly to one kind.</summary>
    private const float Sharpness = 4;

    public static string Write(string path)
    {
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, new(Width, Depth: 1, Heads: 2, Patch, Side));
        foreach (Parameter parameter in encoder.Parameters.Parameters)
        {
            device.Upload<float>(parameter.Data, Values(parameter));
        }

        SafetensorsWriter.Write(
            path, encoder.Weights().ToDictionary(pair => pair.Key, TensorContent (pair) => pair.Value),
            new Dictionary<string, string> { [VisionEncoder.HeadsKey] = "2" });
        return path;
    }

    /// <summary>A picture of squares of 8 pixels.</summary>
    /// <param name="rows">A letter a square: w white, k black, r red.</param>
    public static void WritePicture(string path, params string[] rows)
    {
        using SKBitmap picture = new(Patch * rows[0].Length, Patch * rows.Length);
        using SKCanvas canvas = new(picture);
        for (int i = 0; i < rows.Length * rows[0].Length; i++)
        {
            (int row, int column) = (i / rows[0].Length, i % rows[0].Length);
            SKColor color = rows[row][column] switch { 'w' => SKColors.White, 'k' => SKColors.Black, _ => SKColors.Red };
            using SKPaint paint = new() { Color = color };
            canvas.DrawRect(column * Patch, row * Patch, Patch, Patch, paint);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        picture.Encode(file, SKEncodedImageFormat.Png, 100);
    }

    private static float[] Values(Parameter parameter)
    {
        float[] values = new float[parameter.Length];
        switch (parameter.Name)
        {
            case "patch_embed.proj.weight":
                for (int i = 0; i < values.Length; i++)
                {
                    (int output, int channel) = (i / (3 * Patch * Patch), i / (Patch * Patch) % 3);
                    values[i] = (output switch
                    {
                        0 => 1f, 1 => -1f, 2 => channel == 0 ? 2 : -1, 3 => channel == 0 ? -2 : 1, _ => 0,
                    }) / (3 * Patch * Patch);
                }

                break;
            case "cls_token":
                (values[0], values[1]) = (1, -1);
                break;
            case "blocks.0.attn.qkv.weight":
                // Queries of both heads are the brightness; keys of head 0 too, those of head 1 (from value 4 on) its negative.
                values[0] = values[4 * Width] = values[Width * Width] = Sharpness;
                values[(Width + 4) * Width] = -Sharpness;
                break;
            case { } name when name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal):
                values.AsSpan().Fill(1);
                break;
            default:
                break;
        }

        return values;
    }
}
