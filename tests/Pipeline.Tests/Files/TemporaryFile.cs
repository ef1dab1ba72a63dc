namespace DoRA.Pipeline.Tests.Files;

/// <summary>A path in a folder of its own, which goes with it.</summary>
internal sealed class TemporaryFile(string name) : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("dora-test-").FullName;

    public string Path => System.IO.Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
