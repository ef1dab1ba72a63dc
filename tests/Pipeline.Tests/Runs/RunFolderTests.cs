using DoRA.Kernels;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Tests.Runs;

public class RunFolderTests
{
    [Test]
    public void An_existing_folder_is_never_taken()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("run");
        RunFolder.Create(path);

        UserException error = Assert.Throws<UserException>(() => RunFolder.Create(path))!;
        Assert.That(error.Message, Does.Contain(path).And.Contain("--output").And.Contain("--resume"));
    }

    [Test]
    public void A_folder_under_a_file_cannot_be_made()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("file"), "");

        Assert.That(() => RunFolder.Create(folder.File("file/run")), Throws.TypeOf<UserException>().With.Message.Contains("cannot be made"));
    }

    [Test]
    public void Only_a_run_is_continued()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => RunFolder.Open(folder.Path), Throws.TypeOf<UserException>().With.Message.Contains("config.yaml"));

        RunFolder run = RunFolder.Create(folder.File("run"));
        File.WriteAllText(run.Configuration, "");
        Assert.That(RunFolder.Open(run.FullPath).FullPath, Is.EqualTo(run.FullPath));
    }
}
