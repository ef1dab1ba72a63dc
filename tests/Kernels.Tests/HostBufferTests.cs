namespace DoRA.Kernels.Tests;

public class HostBufferTests
{
    [Test]
    public void Memory_is_aligned_and_given_back_once()
    {
        using CpuDevice device = new(1);
        HostBuffer buffer = device.AllocateHost(1000);
        Assert.That((long)buffer.Pointer % 64, Is.Zero);
        buffer.Elements<float>(200, 50).Fill(3);
        Assert.That(buffer.Elements<float>(249, 1)[0], Is.EqualTo(3));
        Assert.That(() => buffer.Elements<float>(201, 50), Throws.TypeOf<ArgumentOutOfRangeException>());
        buffer.Dispose();
        buffer.Dispose();
        Assert.That((long)buffer.Pointer, Is.Zero);
        Assert.That(() => buffer.Elements<byte>(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Kernels_read_host_memory_where_it_lies()
    {
        using CpuDevice device = new(1);
        using HostBuffer host = device.AllocateHost(16);
        using DeviceBuffer view = device.View(host);
        host.Elements<float>(0, 4).Fill(2);
        float[] read = new float[4];
        device.Download<float>(read, view.AsSpan(ElementType.Float32));
        Assert.That(read, Is.All.EqualTo(2));
        view.Dispose();
        Assert.That(host.Elements<float>(0, 4)[3], Is.EqualTo(2), "a view does not own the memory");
    }
}
