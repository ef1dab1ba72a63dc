using System.Text.Json;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

internal static class GoldenExtensions
{
    /// <summary>Holds computed values to a golden tensor, within an absolute difference.</summary>
    public static void Check(this GoldenFile golden, string tensor, IEnumerable<double> actual, double tolerance)
    {
        double largestMagnitude = golden.Tolerance(tensor) / golden.RelativeTolerance(tensor);
        GoldenComparison comparison = golden.Compare(tensor, actual.ToArray(), tolerance / largestMagnitude);
        Assert.That(comparison.Passes, comparison.ToString());
    }

    public static void Check(this GoldenFile golden, string tensor, IEnumerable<float> actual, double tolerance) =>
        golden.Check(tensor, actual.Select(value => (double)value), tolerance);

    public static void CheckExact(this GoldenFile golden, string tensor, IEnumerable<byte> actual) =>
        golden.Check(tensor, actual.Select(value => (double)value), 0);

    public static void CheckExact(this GoldenFile golden, string tensor, IEnumerable<int> actual) =>
        golden.Check(tensor, actual.Select(value => (double)value), 0);

    public static byte[] Bytes(this GoldenFile golden, string tensor) => [.. golden.Longs(tensor).Select(value => (byte)value)];

    public static int[] Integers(this GoldenFile golden, string tensor) => [.. golden.Longs(tensor).Select(value => (int)value)];

    /// <summary>A picture stored as [3, height, width].</summary>
    public static RgbImage Planes(this GoldenFile golden, string tensor)
    {
        int[] shape = golden.Shape(tensor);
        return FromPlanes(golden.Bytes(tensor), shape[^2], shape[^1]);
    }

    public static RgbImage FromPlanes(ReadOnlySpan<byte> planes, int height, int width)
    {
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < planes.Length; i++)
        {
            pixels[(i % (height * width) * 3) + (i / (height * width))] = planes[i];
        }

        return new(width, height, pixels);
    }

    /// <summary>[3, height, width].</summary>
    public static byte[] ToPlanes(this RgbImage image)
    {
        int area = image.Width * image.Height;
        return [.. Enumerable.Range(0, 3 * area).Select(i => image.Pixels[(i % area * 3) + (i / area)])];
    }

    /// <summary>Masks stored as [count, height, width] of any non-zero value.</summary>
    public static BinaryMask[] Masks(this GoldenFile golden, string tensor)
    {
        int[] shape = golden.Shape(tensor);
        bool[] pixels = [.. golden.Longs(tensor).Select(value => value != 0)];
        int area = shape[^2] * shape[^1];
        return [.. Enumerable.Range(0, pixels.Length / area)
            .Select(i => new BinaryMask(shape[^1], shape[^2], pixels[(i * area)..((i + 1) * area)]))];
    }

    /// <summary>The encoder that the other files' features come from.</summary>
    public static FrozenEncoder Encoder(Device device)
    {
        using GoldenFile golden = Golden.Open("eval/vit");
        JsonElement info = golden.Info;
        int Number(string name) => int.Parse(info.GetProperty(name).GetString()!);
        FrozenEncoder encoder = new(device, new(Number("dim"), Number("depth"), Number("heads"), Number("patch"), Number("img")));
        foreach (Autograd.Parameter parameter in encoder.Parameters.Parameters)
        {
            device.Upload<float>(parameter.Data, golden.Floats(parameter.Name));
        }

        return encoder;
    }
}
