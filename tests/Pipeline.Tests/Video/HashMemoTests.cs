using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class HashMemoTests
{
    private static readonly string Hash = new('a', 64), Other = new('b', 64);
    private static readonly DateTime Before = new(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Test]
    public void Remembers_a_file_as_long_as_it_is_the_same()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, "walk one.mp4", "abc");
        HashMemo memo = new(folder.File("cache/hashes.txt"));
        Assert.That(memo.Find(new(path)), Is.Null);
        memo.Add(new(path), Hash);
        Assert.That(new HashMemo(folder.File("cache/hashes.txt")).Find(new(path)), Is.EqualTo(Hash));
        Assert.That(memo.Find(new(Write(folder, "one.mp4", "abc"))), Is.Null, "a name that ends alike");

        File.SetLastWriteTimeUtc(path, Before.AddSeconds(1));
        Assert.That(memo.Find(new(path)), Is.Null, "another date");
        memo.Add(new(path), Other);
        Assert.That(memo.Find(new(path)), Is.EqualTo(Other));
        Write(folder, "walk one.mp4", "abcd");
        Assert.That(memo.Find(new(path)), Is.Null, "another length");
    }

    [Test]
    public void Does_not_remember_what_may_still_change()
    {
        using TemporaryFolder folder = new();
        HashMemo memo = new(folder.File("hashes.txt"));
        string fresh = folder.File("fresh.mp4");
        File.WriteAllText(fresh, "abc");
        memo.Add(new(fresh), Hash);
        Assert.That(memo.Find(new(fresh)), Is.Null, "changed within the clock's resolution");

        string path = Write(folder, "walk.mp4", "abc");
        FileInfo before = new(path);
        _ = before.Length;
        Write(folder, "walk.mp4", "abcd");
        memo.Add(before, Hash);
        Assert.That(memo.Find(new(path)), Is.Null, "changed while it was hashed");
    }

    [Test]
    public void Bears_a_broken_memo()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, "walk.mp4", "abc");
        File.WriteAllText(folder.File("hashes.txt"), "half a li\n\n");
        HashMemo memo = new(folder.File("hashes.txt"));
        memo.Add(new(path), Hash);
        Assert.That(memo.Find(new(path)), Is.EqualTo(Hash));
        HashMemo nowhere = new("/proc/nowhere/hashes.txt");
        nowhere.Add(new(path), Hash);
        Assert.That(nowhere.Find(new(path)), Is.Null);
    }

    [Test]
    public void A_large_file_is_hashed_once()
    {
        using TemporaryFolder folder = new();
        string? cache = Environment.GetEnvironmentVariable("DORA_CACHE");
        Environment.SetEnvironmentVariable("DORA_CACHE", folder.File("cache"));
        try
        {
            string path = folder.File("large.mp4");
            using (FileStream stream = File.Create(path))
                stream.SetLength(HashMemo.SmallestFile);
            File.SetLastWriteTimeUtc(path, Before);
            string hash = VideoHash.Sha256(path);
            Assert.That(File.ReadAllText(folder.File("cache/hashes.txt")), Does.StartWith(hash).And.Contain(path));
        }
        finally
        {
            Environment.SetEnvironmentVariable("DORA_CACHE", cache);
        }
    }

    private static string Write(TemporaryFolder folder, string name, string text)
    {
        string path = folder.File(name);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, Before);
        return path;
    }
}
