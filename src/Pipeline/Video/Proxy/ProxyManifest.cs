using System.Text.Json;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Video;

/// <summary><c>proxy.json</c>: says that a proxy is complete, and of what.</summary>
/// <param name="Source">Name of the source's file, for people.</param>
/// <param name="SourceSha256">As <see cref="VideoHash"/> gives it.</param>
/// <param name="Info">The source's, but with the format and the number of the proxy's frames and without a path.</param>
/// <param name="GraceSeconds">How much before a frame's start a time may lie and still mean that frame.</param>
/// <param name="FFmpeg">The version that made it.</param>
/// <param name="Checksums">CRC-32C of each segment's index, in hexadecimal.</param>
internal sealed record ProxyManifest(
    string Source, string SourceSha256, ProxyRecipe Recipe, VideoInfo Info, double GraceSeconds, string FFmpeg, IReadOnlyList<string> Checksums)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        IgnoreReadOnlyProperties = true,
    };

    public static string FileOf(string folder) => Path.Combine(folder, "proxy.json");

    /// <summary>Null where there is none or it cannot be read as one.</summary>
    public static ProxyManifest? TryRead(string folder)
    {
        try
        {
            ProxyManifest? manifest = JsonSerializer.Deserialize<ProxyManifest>(File.ReadAllText(FileOf(folder)), Options);
            return manifest is { Info: not null, Checksums: not null } ? manifest : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string folder) => AtomicFile.Write(FileOf(folder), stream => JsonSerializer.Serialize(stream, this, Options));
}
