using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Export.Onnx;
using DoRA.Pipeline.Files;
using Google.Protobuf;

namespace DoRA.Pipeline.Export;

/// <summary>Writes a backbone as ONNX, and checks what it is about to leave against the engine.</summary>
public static class OnnxExport
{
    /// <summary>
    /// The model's values in double are the truth; evaluated in float32, its rounding shows how far apart two honest float32 evaluations of
    /// these very weights come. The engine may be as far from the truth as that, times this factor for the luck of the draw: the largest of
    /// some thousand errors that add up in another order.
    /// </summary>
    private const double RoundingFactor = 4;

    /// <summary>What a protobuf message may hold.</summary>
    private const long MostBytes = int.MaxValue;

    /// <summary>Two, so that a model which only works for one picture is found out.</summary>
    private const int CheckedPictures = 2;

    /// <summary>Writes the file, unless what would be in it does not compute what the engine computes.</summary>
    /// <param name="encoder">On the CPU engine.</param>
    /// <exception cref="UserException">A side is not a multiple of the patch, or the weights are too large for the format.</exception>
    /// <exception cref="ExportException">The check failed; nothing is left behind.</exception>
    public static ExportCheck Write(string path, FrozenEncoder encoder, int height, int width)
    {
        long bytes = encoder.Parameters.Parameters.Sum(parameter => parameter.Length) * sizeof(float);
        if (bytes > MostBytes)
        {
            throw new UserException($"The weights take {bytes >> 20} MB, and one ONNX file holds at most 2047; take --format safetensors.");
        }

        ModelProto model = OnnxVisionTransformer.Build(encoder, height, width);
        ExportCheck? check = null;
        AtomicFile.Write(path, stream =>
        {
            model.WriteTo(stream);
            stream.Position = 0;
            check = Check(ModelProto.Parser.ParseFrom(stream), encoder, height, width);
            stream.Position = stream.Length;
        });
        return check!;
    }

    /// <summary>Compares a model with the engine on random pictures.</summary>
    internal static ExportCheck Check(ModelProto model, FrozenEncoder encoder, int height, int width)
    {
        float[] pictures = RandomPictures(CheckedPictures * 3 * height * width);
        float[] engine = encoder.Tokens(pictures, CheckedPictures, height, width);
        double[] truth = Tokens(OnnxInterpreter<double>.Run(model, pictures, CheckedPictures), encoder.Width);
        float[] rounded = Tokens(OnnxInterpreter<float>.Run(model, pictures, CheckedPictures), encoder.Width);
        double error = LargestError(truth, engine), tolerance = RoundingFactor * LargestError(truth, rounded);
        return error <= tolerance
            ? new(error, tolerance)
            : throw new ExportException(
                $"The ONNX model differs from the engine by {error:g3} where rounding explains {tolerance:g3}, so it was not written; "
                + "weights that are no finite numbers are one cause.");
    }

    /// <summary>Standard normal, as normalised pixels roughly are; always the same.</summary>
    private static float[] RandomPictures(int length)
    {
        Random random = new(0);
        return [.. Enumerable.Range(0, length).Select(_ => (float)MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1))];
    }

    /// <summary>The outputs as the engine lays them out: [batch, 1 + n, d].</summary>
    private static T[] Tokens<T>(Dictionary<string, T[]> outputs, int width)
    {
        T[] cls = outputs[OnnxVisionTransformer.Cls], patches = outputs[OnnxVisionTransformer.Patches];
        int batch = cls.Length / width, length = patches.Length / batch;
        return [.. Enumerable.Range(0, batch).SelectMany(i => cls[(i * width)..((i + 1) * width)].Concat(patches[(i * length)..((i + 1) * length)]))];
    }

    /// <summary>NaN where either side has one.</summary>
    private static double LargestError(double[] truth, float[] values)
    {
        double largest = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(truth[i] - values[i]));
        }

        return largest;
    }
}
