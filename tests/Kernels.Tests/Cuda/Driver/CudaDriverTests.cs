using DoRA.Model;

namespace DoRA.Kernels.Tests.Cuda.Driver;

/// <summary>The driver over a fake API: order, staging, events and what is given back; a fake that does nothing before somebody waits shows them best.</summary>
[TestFixture(Eagerness.All)]
[TestFixture(Eagerness.LaterStreams)]
[TestFixture(Eagerness.None)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CudaDriverTests : IDisposable
{
    private const int RingBytes = 4 << 20;

    private readonly FakeCudaApi _api;
    private readonly CudaDriver _driver;
    private readonly CudaDevice _device;

    public CudaDriverTests(Eagerness eagerness)
    {
        _api = new(eagerness);
        _driver = new(_api);
        _device = new(_driver, _driver.Card.Name);
    }

    [TearDown]
    public void GiveEverythingBack()
    {
        _device.Dispose();
        _driver.Dispose();
        Assert.That(_api.Held, Is.Zero, "streams, events, modules, memory or the context were not given back");
    }

    public void Dispose() => _api.Dispose();

    [Test]
    public void An_upload_s_source_may_change_when_the_call_returns()
    {
        float[] values = new TestNumbers(1).Uniform(1000), sent = [.. values];
        DeviceSpan span = _device.Allocate(values.Length, ElementType.Float32);
        _device.Upload<float>(span, sent);
        Array.Clear(sent);
        Assert.That(Download(span), Is.EqualTo(values));
        span.Buffer.Dispose();
    }

    [Test]
    public void Uploads_larger_than_the_staging_memory_arrive_whole()
    {
        byte[] values = new byte[(2 * RingBytes) + 12345];
        new Random(1).NextBytes(values);
        DeviceSpan small = _device.Allocate(7, ElementType.Byte), large = _device.Allocate(values.Length, ElementType.Byte);
        _device.Upload<byte>(small, values.AsSpan(0, 7));
        _device.Upload<byte>(large, values);
        byte[] back = new byte[values.Length], backSmall = new byte[7];
        _device.Download<byte>(back, large);
        _device.Download<byte>(backSmall, small);
        Assert.That(back.AsSpan().SequenceEqual(values));
        Assert.That(backSmall, Is.EqualTo(values[..7]));
        small.Buffer.Dispose();
        large.Buffer.Dispose();
    }

    [Test]
    public void Many_small_tables_wait_for_nobody()
    {
        DeviceSpan span = _device.Allocate(64, ElementType.Float32);
        int waits = Waits();
        for (int i = 0; i < 100; i++)
        {
            _device.Upload<float>(span, new float[64]);
        }

        Assert.That(Waits(), Is.EqualTo(waits));
        span.Buffer.Dispose();
    }

    [Test]
    public void Uploads_beside_kernels_come_before_what_reads_them_and_after_what_read_the_memory_before()
    {
        const int length = 4096, steps = 7;
        using HostBuffer host = _device.AllocateHost(length * sizeof(float)), other = _device.AllocateHost(length * sizeof(float));
        HostBuffer[] sources = [host, other];
        DeviceSpan[] halves = [_device.Allocate(length, ElementType.Float32), _device.Allocate(length, ElementType.Float32)];
        QueueMark[] marks = [_device.CreateMark(), _device.CreateMark()];
        DeviceSpan[] results = [.. Enumerable.Range(0, steps).Select(_ => _device.Allocate(length, ElementType.Float32))];
        for (int step = 0; step < steps; step++)
        {
            HostBuffer source = sources[step % 2];
            source.AwaitUploads();
            source.Elements<float>(0, length).Fill(step);
            // What reads the other half is queued by now.
            marks[(step + 1) % 2].Set();
            _device.UploadBeside(halves[step % 2], source, 0, marks[step % 2]);
            _device.Copy(results[step], halves[step % 2]);
        }

        for (int step = 0; step < steps; step++)
        {
            Assert.That(Download(results[step]), Is.All.EqualTo(step), $"step {step}");
        }

        foreach (IDisposable held in (IDisposable[])[.. marks, .. halves.Concat(results).Select(span => span.Buffer)])
        {
            held.Dispose();
        }
    }

    [Test]
    public void A_training_step_takes_no_memory_makes_no_event_does_not_wait_and_is_the_machine_s()
    {
        TrainingConfiguration configuration = new(
            new NetworkConfiguration(new(24, 2, 3, 4, 16), new(32, 16, 8), 0.2f, LinearInitialisation.UniformFanIn), Seed: 5)
        {
            Tracker = new(2),
        };
        (int Allocations, int Events, int Waits, int Launches) before = default, after = default;
        float Losses(Device device)
        {
            using StudentTeacher training = new(device, configuration);
            using DeviceBuffer globals = Images(device, 2, 16, out ImageBatch globalViews), locals = Images(device, 4, 8, out ImageBatch localViews);
            TrainingBatch batch = new(1, 2, globalViews, localViews);
            training.Step(batch, new(0, 1e-3, 0.04, 0.9, 0.04));
            before = Counted();
            StepResult result = training.Step(batch, new(1, 1e-3, 0.04, 0.9, 0.04));
            after = Counted();
            return result.ReadLoss();
        }

        float driven = Losses(_device);
        Assert.That(after with { Launches = 0 }, Is.EqualTo(before with { Launches = 0 }));
        Assert.That(after.Launches, Is.GreaterThan(before.Launches));
        using CudaDevice direct = new(_api.Machine, "machine");
        Assert.That(driven, Is.EqualTo(Losses(direct)));

        (int, int, int, int) Counted() =>
            (_api.Calls(nameof(_api.Allocate)), _api.Calls(nameof(_api.CreateEvent)), Waits(), _api.Calls(nameof(_api.Launch)));
    }

    [Test]
    public void Shared_memory_above_48_kilobytes_is_asked_for_once_a_kernel()
    {
        // LayerNorm keeps a warp's row there: 64 KB.
        const int rows = 2, width = 16384;
        DeviceSpan[] spans = [.. new[] { rows * width, rows * width, rows, rows, width, width }.Select(length => _device.Allocate(length, ElementType.Float32))];
        Array.ForEach(spans, span => _device.Upload<float>(span, new TestNumbers(2).Uniform((int)span.Length)));
        for (int i = 0; i < 2; i++)
        {
            _device.Kernels.LayerNorm.Forward(spans[0], spans[2], spans[3], spans[1], spans[4], spans[5], rows, width, 1e-6f);
        }

        Assert.That(Download(spans[0]), Has.All.Matches<float>(float.IsFinite));
        Assert.That(_api.Calls(nameof(_api.AllowDynamicSharedBytes)), Is.EqualTo(1));
        Array.ForEach(spans, span => span.Buffer.Dispose());
    }

    [Test]
    public void Bytes_from_the_middle_of_host_memory_go_up_as_they_are()
    {
        byte[] values = new byte[1000];
        new Random(2).NextBytes(values);
        DeviceSpan span = _device.Allocate(333, ElementType.Byte);
        using QueueMark mark = _device.CreateMark();
        using HostBuffer host = _device.AllocateHost(values.Length);
        values.CopyTo(host.Elements<byte>(0, values.Length));
        _device.UploadBeside(span, host, 77, mark);
        byte[] back = new byte[span.Length];
        _device.Download<byte>(back, span);
        Assert.That(back, Is.EqualTo(values[77..(77 + 333)]));
        span.Buffer.Dispose();
    }

    [Test]
    public void Host_memory_is_given_back_once_its_upload_is_done()
    {
        DeviceSpan span = _device.Allocate(16, ElementType.Float32);
        using QueueMark mark = _device.CreateMark();
        using (HostBuffer host = _device.AllocateHost(64))
        {
            host.Elements<float>(0, 16).Fill(3);
            _device.UploadBeside(span, host, 0, mark);
        }

        Assert.That(Download(span), Is.All.EqualTo(3));
        span.Buffer.Dispose();
    }

    [Test]
    public void Host_memory_and_marks_may_outlive_the_device_and_be_given_back_on_another_thread()
    {
        HostBuffer host = _device.AllocateHost(4096);
        QueueMark mark = _device.CreateMark();
        DeviceSpan span = _device.Allocate(16, ElementType.Float32);
        _device.UploadBeside(span, host, 0, mark);
        span.Buffer.Dispose();
        _device.Dispose();
        _driver.Dispose();
        Thread thread = new(() =>
        {
            host.Dispose();
            mark.Dispose();
        });
        thread.Start();
        thread.Join();
    }

    [Test]
    public void Marks_tell_the_time_between_them()
    {
        using QueueMark start = _device.CreateMark(), end = _device.CreateMark();
        start.Set();
        end.Set();
        Assert.That(end.SecondsSince(start), Is.EqualTo(0.002).Within(1e-9));
    }

    private static DeviceBuffer Images(Device device, int count, int size, out ImageBatch images)
    {
        DeviceSpan pixels = device.Allocate(3L * count * size * size, ElementType.Float32);
        device.Upload<float>(pixels, new TestNumbers(4).Uniform((int)pixels.Length, -2, 2));
        images = new(pixels, count, size, size);
        return pixels.Buffer;
    }

    private int Waits() => _api.Calls(nameof(_api.SynchroniseStream)) + _api.Calls(nameof(_api.SynchroniseEvent)) + _api.Calls(nameof(_api.Free));

    private float[] Download(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        _device.Download<float>(values, span);
        return values;
    }
}
