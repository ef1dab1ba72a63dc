using NUnit.Framework.Constraints;

namespace DoRA.Kernels.Tests.Cuda.Driver;

/// <summary>What a user reads when something is wrong with the driver, the card or a kernel: one sentence, which says what to do.</summary>
internal sealed class CudaErrorTests
{
    [Test]
    public void No_driver()
    {
        if (NativeCudaApi.TryLoad() is not null)
        {
            Assert.Ignore("This machine has an NVIDIA driver.");
        }

        Assert.That(() => new CudaDriver(), Says("No NVIDIA driver is installed", "--device cpu"));
    }

    [Test]
    public void A_driver_older_than_the_kernels_ptx() =>
        Opening(new() { Version = 11040 }, Says("CUDA 11.4", "need CUDA 12.0", "update the driver"));

    [Test]
    public void The_toolkit_s_stub() =>
        Opening(new FakeCudaApi().Fail(nameof(ICudaApi.DriverVersion), CudaResult.StubLibrary), Says("stub"));

    [Test]
    public void No_card()
    {
        Opening(new() { Cards = 0 }, Says("finds no card", "nvidia-smi"));
        Opening(new FakeCudaApi().Fail(nameof(ICudaApi.Initialise), CudaResult.NoDevice), Says("finds no card", "CUDA_VISIBLE_DEVICES"));
    }

    [Test]
    public void A_number_beyond_the_cards()
    {
        using FakeCudaApi api = new() { Cards = 2 };
        Assert.That(() => new CudaDriver(api, 2), Says("no card 2", "from 0 to 1"));
    }

    [Test]
    public void A_driver_that_does_not_start()
    {
        Opening(new FakeCudaApi().Fail(nameof(ICudaApi.Initialise), (CudaResult)999), Says("does not start", "999"));
        Opening(new FakeCudaApi().Fail(nameof(ICudaApi.Initialise), CudaResult.SystemDriverMismatch), Says("do not fit together", "restart"));
    }

    [Test]
    public void A_card_too_old() =>
        Opening(new() { Capability = (7, 5) }, Says("Card 0, Fake H200", "compute capability 7.5", "8.0"));

    [Test]
    public void No_memory_left_says_how_much_was_asked_for_and_what_lowers_it()
    {
        using FakeCudaApi api = new FakeCudaApi().Fail(nameof(ICudaApi.Allocate), CudaResult.OutOfMemory);
        using CudaDriver driver = new(api);
        using CudaDevice device = new(driver, "card");
        Assert.That(() => device.Allocate(3L << 30), Says("3072 MiB more", "512 of 144384 MiB are free", "data.batch"));
    }

    [Test]
    public void Host_memory_that_cannot_be_locked()
    {
        using FakeCudaApi api = new FakeCudaApi().Fail(nameof(ICudaApi.AllocateHost), CudaResult.OutOfMemory, call: 2);
        using CudaDriver driver = new(api);
        Assert.That(() => driver.AllocateHost(64L << 20), Says("64 MiB", "data.prefetch"));
    }

    [Test]
    public void A_launch_refused_names_kernel_and_shape() => Copying(
        new FakeCudaApi().Fail(nameof(ICudaApi.Launch), (CudaResult)701), Says("CopyUnits", "1x1x1 groups of 256x1x1 threads", "0 bytes", "701"));

    [Test]
    public void A_kernel_that_fails_later_is_told_of_by_the_wait()
    {
        using FakeCudaApi api = new FakeCudaApi().Fail(nameof(ICudaApi.SynchroniseStream), CudaResult.IllegalAddress);
        using CudaDriver driver = new(api);
        using CudaDevice device = new(driver, "card");
        DeviceSpan a = device.Allocate(8, ElementType.Float32), b = device.Allocate(8, ElementType.Float32);
        device.Clear(a);
        device.Copy(b, a);
        Assert.That(device.Synchronize, Says("IllegalAddress", "2 launched", "CopyUnits", "1x1x1 groups of 256x1x1", "CUDA_LAUNCH_BLOCKING"));

        // Giving memory back then must not hide that sentence behind another.
        api.Fail(nameof(ICudaApi.Free), CudaResult.IllegalAddress);
        Assert.That(a.Buffer.Dispose, Throws.Nothing);
        Assert.That(b.Buffer.Dispose, Throws.Nothing);
    }

    [Test]
    public void A_kernel_that_the_driver_cannot_compile() => Copying(
        new FakeCudaApi { Log = "ptxas application ptx input, line 7; error : Unknown symbol\n" }.Fail(nameof(ICudaApi.LoadModule), CudaResult.InvalidPtx),
        Says("could not compile kernel", "CopyUnits", "line 7", "update the driver"));

    [Test]
    public void Ptx_newer_than_the_driver() => Copying(
        new FakeCudaApi().Fail(nameof(ICudaApi.LoadModule), CudaResult.UnsupportedPtxVersion), Says("CUDA 12.4", "PTX 8.0", "CopyUnits"));

    /// <summary>Every function of the interface that can fail, failing: a sentence, and everything that was taken is given back.</summary>
    [Test]
    public void Whatever_fails_there_is_a_sentence([ValueSource(nameof(Functions))] string function)
    {
        using FakeCudaApi api = new FakeCudaApi().Fail(function, (CudaResult)999);
        bool failed = false;
        try
        {
            using CudaDriver driver = new(api);
            using CudaDevice device = new(driver, "card");
            Use(device, driver);
        }
        catch (UserException exception)
        {
            failed = true;
            Assert.That(exception.Message, Does.Contain("999").Or.Contain("offers CUDA").And.EndsWith("."));
        }

        // What gives something back goes on when it fails.
        string[] silent =
        [
            nameof(ICudaApi.FreeHost), nameof(ICudaApi.DestroyEvent), nameof(ICudaApi.DestroyStream), nameof(ICudaApi.UnloadModule),
            nameof(ICudaApi.ReleaseContext),
        ];
        Assert.That(failed, Is.EqualTo(!silent.Contains(function)), function);
        Assert.That(api.Held, Is.Zero, "something was not given back");
    }

    private static IEnumerable<string> Functions => typeof(ICudaApi).GetMethods().Where(method => method.ReturnType == typeof(CudaResult)).Select(method => method.Name);

    private static void Use(CudaDevice device, CudaDriver driver)
    {
        Assert.That(driver.FreeBytes, Is.Positive);
        using DeviceBuffer a = device.Allocate(32), b = device.Allocate(32);
        using HostBuffer host = device.AllocateHost(64);
        using QueueMark mark = device.CreateMark(), end = device.CreateMark();
        mark.Set();
        device.Upload<float>(a.AsSpan(ElementType.Float32), new float[8]);
        device.UploadBeside(a.AsSpan(ElementType.Float32), host, 0, mark);
        device.Copy(b.AsSpan(ElementType.Float32), a.AsSpan(ElementType.Float32));
        UseMuchSharedMemory(device);
        end.Set();
        end.SecondsSince(mark);
        device.Download<float>(new float[8], b.AsSpan(ElementType.Float32));
    }

    private static void UseMuchSharedMemory(CudaDevice device)
    {
        const int width = 16384;
        using DeviceBuffer row = device.Allocate(4 * width), other = device.Allocate(4 * width), statistic = device.Allocate(64);
        DeviceSpan x = row.AsSpan(ElementType.Float32), y = other.AsSpan(ElementType.Float32);
        device.Clear(x);
        device.Kernels.LayerNorm.Forward(
            y, statistic.AsSpan(ElementType.Float32).Slice(0, 1), statistic.AsSpan(ElementType.Float32).Slice(1, 1), x, x, x, 1, width, 1e-6f);
    }

    private static ContainsConstraint Says(params string[] parts)
    {
        ResolvableConstraintExpression one = Throws.InstanceOf<UserException>().With.Message;
        return parts.Skip(1).Aggregate(one.Contains(parts[0]), (constraint, part) => constraint.And.Message.Contains(part));
    }

    private static void Opening(FakeCudaApi api, IResolveConstraint says)
    {
        using (api)
        {
            Assert.That(() => new CudaDriver(api), says);
        }
    }

    private static void Copying(FakeCudaApi api, IResolveConstraint says)
    {
        using FakeCudaApi owned = api;
        using CudaDriver driver = new(api);
        using CudaDevice device = new(driver, "card");
        DeviceSpan a = device.Allocate(8, ElementType.Float32), b = device.Allocate(8, ElementType.Float32);
        Assert.That(() => device.Copy(b, a), says);
    }
}
