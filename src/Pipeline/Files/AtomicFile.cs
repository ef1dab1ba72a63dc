using System.Text;

namespace DoRA.Pipeline.Files;

/// <summary>Writes files that are either whole or not there.</summary>
public static class AtomicFile
{
    /// <summary>The ending of a file that is being written.</summary>
    public const string TemporaryEnd = ".partial";

    /// <summary>Writes a text in UTF-8, as <see cref="Write"/> does bytes.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Writes to a temporary file in the same folder, flushes it to the disk, and renames it over <paramref name="path"/>. Whatever goes
    /// wrong, a file that was there stays whole and the temporary one is removed.
    /// </summary>
    /// <param name="path">The file to write; its folder is made when missing.</param>
    /// <param name="write">Writes the content to a stream that can seek.</param>
    /// <param name="create">Opens the temporary file; null opens a plain file.</param>
    public static void Write(string path, Action<Stream> write, Func<string, Stream>? create = null)
    {
        var temporary = path + TemporaryEnd;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            using (var stream = create is null ? File.Create(temporary) : create(temporary))
            {
                write(stream);
                stream.Flush();
                (stream as FileStream)?.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
