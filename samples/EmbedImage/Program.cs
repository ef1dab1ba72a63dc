// How alike are pictures? Prints the cosine of every pair's CLS tokens.
//   dotnet run -- WEIGHTS.safetensors PICTURE PICTURE …

using DoRA.Kernels;
using DoRA.Model;
using SkiaSharp;

if (args.Length < 3)
{
    Console.Error.WriteLine("Usage: EmbedImage WEIGHTS.safetensors PICTURE PICTURE …");
    return 2;
}

try
{
    using VisionEncoder encoder = VisionEncoder.Load(args[0]);
    string[] paths = args[1..];
    float[][] tokens = [.. paths.Select(path => Embed(encoder, path))];
    for (int i = 0; i < paths.Length; i++)
    {
        for (int j = i + 1; j < paths.Length; j++)
        {
            Console.WriteLine($"{Cosine(tokens[i], tokens[j]),7:f4}  {Path.GetFileName(paths[i])}  {Path.GetFileName(paths[j])}");
        }
    }

    return 0;
}
catch (UserException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

static float[] Embed(VisionEncoder encoder, string path)
{
    using SKBitmap picture = SKBitmap.Decode(path) ?? throw new UserException($"{path} is no picture that can be decoded.");

    // The middle square, in the size that the network was made for.
    int size = encoder.Configuration.ImageSize, side = Math.Min(picture.Width, picture.Height);
    SKRect middle = SKRect.Create((picture.Width - side) / 2, (picture.Height - side) / 2, side, side);
    using SKBitmap scaled = new(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque);
    using (SKCanvas canvas = new(scaled))
    using (SKImage image = SKImage.FromBitmap(picture))
    {
        canvas.DrawImage(image, middle, SKRect.Create(size, size), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    ReadOnlySpan<byte> rgba = scaled.GetPixelSpan();
    byte[] rgb = new byte[3 * size * size];
    for (int i = 0; i < rgb.Length; i++)
    {
        rgb[i] = rgba[(i / 3 * 4) + (i % 3)];
    }

    return encoder.Encode(rgb, size, size).Cls;
}

static double Cosine(float[] a, float[] b) =>
    a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(y => (double)y * y));
