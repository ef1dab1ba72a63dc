using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Runs;

/// <summary>The weights that a training did not begin without.</summary>
/// <param name="Path">Where they were; a full path.</param>
/// <param name="Sha256">Hash of the file, in hexadecimal.</param>
/// <param name="IsContinued">True for an official checkpoint whose training went on, false for weights to start from.</param>
public sealed record StartingPoint(string Path, long Bytes, string Sha256, bool IsContinued)
{
    /// <exception cref="UserException">There is no such file.</exception>
    public static StartingPoint Of(string path, bool isContinued)
    {
        FileInfo file = new(path);
        return file.Exists
            ? new(file.FullName, file.Length, VideoHash.Sha256(path), isContinued)
            : throw new UserException($"{path} does not exist; name a file of weights to start from, or an official checkpoint to continue.");
    }
}
