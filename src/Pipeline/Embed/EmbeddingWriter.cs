using DoRA.Kernels;

namespace DoRA.Pipeline.Embed;

/// <summary>Writes rows as they come, holding none of their vectors for long.</summary>
internal abstract class EmbeddingWriter : IDisposable
{
    /// <param name="path">Its extension says the format.</param>
    /// <param name="stream">Where the file is made; it can seek.</param>
    /// <exception cref="UserException">The extension is none of a known format.</exception>
    public static EmbeddingWriter Create(string path, Stream stream, EmbeddingLayout layout) => Path.GetExtension(path) switch
    {
        ".npy" => new NpyEmbeddings(path, stream, layout),
        ".safetensors" => new SafetensorsEmbeddings(path, stream, layout),
        ".parquet" => new ParquetEmbeddings(stream, layout),
        var other => throw UnknownFormat(path, other),
    };

    /// <exception cref="UserException">The extension is none of a known format.</exception>
    public static void RequireFormat(string path)
    {
        if (Path.GetExtension(path) is not (".npy" or ".safetensors" or ".parquet") and var other)
        {
            throw UnknownFormat(path, other);
        }
    }

    public abstract void Add(EmbeddedRow row);

    /// <summary>Writes what can only be known at the end.</summary>
    public abstract void Complete();

    public abstract void Dispose();

    private static UserException UnknownFormat(string path, string extension) =>
        new($"--output is {path}, whose ending {(extension.Length == 0 ? "is missing" : $"{extension} is unknown")}; give .safetensors, .npy or .parquet.");
}
