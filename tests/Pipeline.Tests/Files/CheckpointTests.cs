using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Tests.Files;

public class CheckpointTests
{
    private static readonly Dictionary<string, string> Metadata = new() { ["seed"] = "7", ["configuration"] = "model:\n  width: 96 # \"quoted\"" };

    private string run = "";

    [SetUp]
    public void MakeFolder() => run = Directory.CreateTempSubdirectory("dora-checkpoint-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(run, recursive: true);

    [Test]
    public void What_was_written_is_read_and_lies_under_the_documented_names()
    {
        var folder = new CheckpointFolder(run);
        folder.Write(10, State(1), Metadata, keep: true);
        folder.Write(20, State(2), Metadata, keep: false);

        Assert.That(Files(), Is.EqualTo((string[])["latest.safetensors", "previous.safetensors", "step-10.safetensors"]));
        using var latest = folder.OpenLatest();
        Assert.That(latest.Metadata[CheckpointFolder.StepKey], Is.EqualTo("20"));
        Assert.That(latest.Metadata["configuration"], Is.EqualTo(Metadata["configuration"]));
        Assert.That(latest.Floats("student/weight"), Is.EqualTo((float[])[2, 3, 4, 5]));
        using var kept = CheckpointFile.Open(folder.Step(10));
        Assert.That(kept.Floats("student/weight"), Is.EqualTo((float[])[1, 2, 3, 4]));
        Assert.That(File.ReadAllBytes(folder.Previous), Is.EqualTo(File.ReadAllBytes(folder.Step(10))));
    }

    [Test]
    public void The_same_state_gives_the_same_bytes()
    {
        var (first, second) = (Path.Combine(run, "a"), Path.Combine(run, "b"));
        CheckpointFile.Write(first, State(1), Metadata);
        CheckpointFile.Write(second, State(1).Reverse().ToDictionary(), Metadata.Reverse().ToDictionary());
        Assert.That(File.ReadAllBytes(second), Is.EqualTo(File.ReadAllBytes(first)));
    }

    [Test]
    public void A_change_of_any_byte_is_noticed()
    {
        var path = Path.Combine(run, "checkpoint.safetensors");
        CheckpointFile.Write(path, State(1), Metadata);
        var good = File.ReadAllBytes(path);
        CheckpointFile.Open(path).Dispose();
        for (var at = 0; at < good.Length; at++)
        {
            var bytes = good.ToArray();
            bytes[at] ^= 1;
            File.WriteAllBytes(path, bytes);
            Assert.That(() => CheckpointFile.Open(path).Dispose(), Throws.TypeOf<UserException>(), $"byte {at}");
        }
    }

    [Test]
    public void A_damaged_number_is_called_damage_and_a_cut_file_truncated()
    {
        var path = Path.Combine(run, "checkpoint.safetensors");
        CheckpointFile.Write(path, State(1), Metadata);
        var good = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. good[..^1], (byte)(good[^1] ^ 64)]);
        Assert.That(() => CheckpointFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains("checksum").And.Message.Contains(path));
        for (var length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.That(() => CheckpointFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains(path), $"{length} bytes");
        }
        File.WriteAllBytes(path, good[..^1]);
        Assert.That(() => CheckpointFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains("truncated"));
    }

    [Test]
    public void Plain_weights_are_no_checkpoint()
    {
        var path = Path.Combine(run, "weights.safetensors");
        SafetensorsWriter.Write(path, State(1));
        Assert.That(() => CheckpointFile.Open(path), Throws.TypeOf<UserException>().With.Message.Contains("no checksum"));
    }

    [TestCase("student/weight", 2, 3, "its student/weight has shape [2, 2] where the settings ask for [2, 3]")]
    [TestCase("student/more", 1, 1, "it holds no student/more")]
    public void Another_architecture_is_refused(string name, int rows, int columns, string expected)
    {
        var path = Path.Combine(run, "checkpoint.safetensors");
        CheckpointFile.Write(path, State(1), Metadata);
        using var file = CheckpointFile.Open(path);
        var shapes = State(1).ToDictionary(pair => pair.Key, pair => pair.Value.Shape);
        CheckpointFile.RequireArchitecture(file, shapes);
        Assert.That(() => CheckpointFile.RequireArchitecture(file, new Dictionary<string, IReadOnlyList<int>>(shapes) { [name] = [rows, columns] }),
            Throws.TypeOf<UserException>().With.Message.Contains(path).And.Message.Contains("another architecture").And.Message.Contains(expected));
        shapes.Remove("center");
        Assert.That(() => CheckpointFile.RequireArchitecture(file, shapes),
            Throws.TypeOf<UserException>().With.Message.Contains("it holds center, which the settings do not ask for"));
    }

    [Test]
    public void A_full_disk_leaves_the_latest_whole_and_nothing_behind()
    {
        new CheckpointFolder(run).Write(1, State(1), Metadata, keep: false);
        var before = File.ReadAllBytes(new CheckpointFolder(run).Latest);
        for (long room = 0; room < before.Length; room += 25)
        {
            var full = new CheckpointFolder(run, path => new FullDiskStream(path, room));
            Assert.That(() => full.Write(2, State(2), Metadata, keep: true), Throws.TypeOf<CheckpointWriteException>()
                .With.Message.Contains("step 2").And.Message.Contains("No space left on device").And.Message.Contains("is whole"));
            Assert.That(File.ReadAllBytes(full.Latest), Is.EqualTo(before));
            Assert.That(Files(), Is.EqualTo((string[])["latest.safetensors"]));
        }
    }

    [Test]
    public void A_disk_that_fills_up_while_a_step_is_kept_leaves_the_new_latest_whole()
    {
        var length = 0L;
        var folder = new CheckpointFolder(run, path => new FullDiskStream(path, path.Contains("step-", StringComparison.Ordinal) ? length / 2 : long.MaxValue));
        folder.Write(1, State(1), Metadata, keep: false);
        length = new FileInfo(folder.Latest).Length;
        Assert.That(() => folder.Write(2, State(2), Metadata, keep: true), Throws.TypeOf<CheckpointWriteException>());
        using var latest = folder.OpenLatest();
        Assert.That(latest.Metadata[CheckpointFolder.StepKey], Is.EqualTo("2"));
        Assert.That(Files(), Is.EqualTo((string[])["latest.safetensors", "previous.safetensors"]));
    }

    [Test]
    public void The_device_that_is_always_full_is_reported()
    {
        if (!File.Exists("/dev/full"))
            Assert.Ignore("This system has no /dev/full.");
        var full = new CheckpointFolder(run, _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write));
        Assert.That(() => full.Write(1, State(1), Metadata, keep: false),
            Throws.TypeOf<CheckpointWriteException>().With.Message.Contains("No space left on device").And.Message.Contains("no earlier one"));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_reported()
    {
        File.WriteAllText(Path.Combine(run, "checkpoints"), "");
        Assert.That(() => new CheckpointFolder(run).Write(1, State(1), Metadata, keep: false), Throws.TypeOf<CheckpointWriteException>());
    }

    [Test]
    public void Without_a_latest_the_previous_is_opened_and_without_both_it_is_said()
    {
        var folder = new CheckpointFolder(run);
        Assert.That(folder.OpenLatest, Throws.TypeOf<UserException>().With.Message.Contains("no latest.safetensors to resume from"));
        folder.Write(1, State(1), Metadata, keep: false);
        File.Move(folder.Latest, folder.Previous);
        using var file = folder.OpenLatest();
        Assert.That(file.Metadata[CheckpointFolder.StepKey], Is.EqualTo("1"));
    }

    private string[] Files() => [.. Directory.GetFiles(Path.Combine(run, "checkpoints")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static Dictionary<string, TensorContent> State(float start) => new()
    {
        ["student/weight"] = HostTensor.Of([start, start + 1, start + 2, start + 3], 2, 2),
        ["center"] = HostTensor.Of([0.5f, -0.5f], 1, 2),
        ["step"] = HostTensor.Of([3L]),
    };
}
