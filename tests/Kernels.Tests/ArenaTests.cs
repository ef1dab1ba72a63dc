namespace DoRA.Kernels.Tests;

/// <summary>The arena hands out memory that nobody else has, and needs none of the device's after one step.</summary>
public sealed class ArenaTests
{
    [Test]
    public void Blocks_are_aligned_apart_and_of_the_length_asked_for()
    {
        using CpuDevice device = new(1);
        using Arena arena = new(device);
        List<DeviceSpan> held = [];
        Random random = new(5);
        for (int i = 0; i < 2000; i++)
        {
            if (held.Count > 0 && random.Next(5) < 2)
            {
                int which = random.Next(held.Count);
                arena.Return(held[which]);
                held.RemoveAt(which);
                continue;
            }

            long length = 1 + random.NextInt64(1L << random.Next(20));
            DeviceSpan span = arena.Rent(length, ElementType.Float32);
            Assert.That((span.Length, span.ByteOffset % 256), Is.EqualTo((length, 0L)));
            Assert.That(span.ByteOffset + (4 * length), Is.LessThanOrEqualTo(span.Buffer.Bytes));
            Assert.That(held.Where(other => other.Buffer == span.Buffer && other.ByteOffset < span.ByteOffset + (4 * length)
                && span.ByteOffset < other.ByteOffset + (4 * other.Length)), Is.Empty);
            held.Add(span);
        }

        Assert.That(arena.RentedBytes, Is.GreaterThanOrEqualTo(held.Sum(span => 4 * span.Length)));
        arena.Reset();
        Assert.That(arena.RentedBytes, Is.Zero);
    }

    [Test]
    public void A_second_step_of_the_same_requests_takes_nothing()
    {
        using CpuDevice device = new(1);
        using Arena arena = new(device);
        long Step()
        {
            arena.Reset();
            Random random = new(1);
            List<DeviceSpan> held = [];
            for (int i = 0; i < 300; i++)
            {
                if (held.Count > 0 && random.Next(3) == 0)
                {
                    int which = random.Next(held.Count);
                    arena.Return(held[which]);
                    held.RemoveAt(which);
                }
                else
                {
                    held.Add(arena.Rent(random.Next(1, 2_000_000), ElementType.Float32));
                }
            }

            return arena.Bytes;
        }

        long first = Step();
        Assert.That((Step(), Step()), Is.EqualTo((first, first)));
    }

    /// <summary>Half of the memory in small blocks, returned, serves large ones.</summary>
    [Test]
    public void Neighbours_that_are_free_are_one()
    {
        using CpuDevice device = new(1);
        using Arena arena = new(device);
        DeviceSpan[] small = [.. Enumerable.Range(0, 64).Select(_ => arena.Rent(16 << 10, ElementType.Byte))];
        long taken = arena.Bytes;
        foreach (int i in Enumerable.Range(0, 64).Where(i => i % 2 == 0).Concat(Enumerable.Range(0, 64).Where(i => i % 2 == 1)))
        {
            arena.Return(small[i]);
        }

        arena.Rent(1 << 20, ElementType.Byte);
        Assert.That(arena.Bytes, Is.EqualTo(taken));
        Assert.That(() => arena.Return(small[3]), Throws.InvalidOperationException);
    }
}
