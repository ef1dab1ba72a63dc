namespace DoRA.Kernels;

/// <summary>
/// A card, opened. Host buffers may be given back after the device is gone, on any thread, so the context stays until the last that uses it
/// has left.
/// </summary>
internal sealed class CudaContext
{
    /// <summary>The compute capability from which cards are supported, and the CUDA that takes the PTX (8.0) of the kernels.</summary>
    private static readonly Version OldestCapability = new(8, 0), OldestDriver = new(12, 0);

    private readonly int _card;
    private readonly nint _context;
    private int _users = 1;
    private Launch _last;

    /// <exception cref="NoCardException">The driver is too old, or there is no such card, or it is too old.</exception>
    public CudaContext(ICudaApi api, int index)
    {
        Api = api;
        Version driver = Driver(api);
        int count = Count(api);
        if (index < 0 || index >= count)
        {
            throw new NoCardException($"There is no card {index}", count == 1 ? "the only one is --device cuda" : $"give --device cuda:N with N from 0 to {count - 1}");
        }

        Check(api.Card(index, out _card), "opening the card");
        Check(api.CardName(_card, out string name), "asking for the card's name");
        Version capability = new(Attribute(CudaAttribute.MajorCapability), Attribute(CudaAttribute.MinorCapability));
        if (capability < OldestCapability)
        {
            throw new NoCardException(
                $"Card {index}, {name}, has compute capability {capability}, but the kernels need {OldestCapability} or newer "
                + "(A100, GeForce RTX 30 or later)",
                "choose another card with --device cuda:N");
        }

        Check(api.CardMemory(_card, out long memory), "asking for the card's memory");
        Card = new(index, name, capability, Attribute(CudaAttribute.Multiprocessors), memory,
            Attribute(CudaAttribute.MostSharedMemoryPerBlock), driver);
        Check(api.RetainContext(_card, out _context), $"opening {name}");
    }

    public ICudaApi Api { get; }

    public CudaCard Card { get; }

    /// <summary>True once a kernel failed: the card's memory is gone, and every call reports that failure again.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Makes the context the calling thread's.</summary>
    public void Bind() => Check(Api.SetCurrent(_context), "binding the card's context");

    /// <summary>The same where something is given back, which goes on whatever the driver says.</summary>
    public void TryBind() => Api.SetCurrent(_context);

    /// <summary>Remembers a launch, for the sentence of a failure that shows later.</summary>
    public void Launched(string kernel, Extents grid, Extents group) => _last = new(kernel, grid, group, _last.SinceWait + 1);

    /// <summary>All launches so far have ended well.</summary>
    public void Waited() => _last = default;

    /// <summary>Keeps the context until <see cref="Release"/>.</summary>
    public void Retain() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Api.ReleaseContext(_card);
        }
    }

    /// <summary>Throws where the driver refused, or tells of a kernel that failed.</summary>
    /// <exception cref="UserException">One sentence about it.</exception>
    public void Check(CudaResult result, string what)
    {
        if (result.IsKernelFault())
        {
            IsLost = true;
            throw new UserException($"A kernel failed on {Card.Name}: {Api.Describe(result)}; it is one of the {_last.SinceWait} launched since the last "
                + $"wait, of which the last is {_last.Kernel} on {_last.Grid} groups of {_last.Group} threads (with CUDA_LAUNCH_BLOCKING=1 in "
                + $"the environment it is that one); `dora doctor` checks each kernel, and --device cpu does without them.");
        }

        if (result != CudaResult.Success)
        {
            throw new UserException(
                $"The NVIDIA driver failed when {what}: {Api.Describe(result)}; see whether nvidia-smi works, or take --device cpu.");
        }
    }

    private int Attribute(CudaAttribute attribute)
    {
        Check(Api.CardAttribute(attribute, _card, out int value), "asking what the card can do");
        return value;
    }

    private static Version Driver(ICudaApi api)
    {
        CudaResult result = api.DriverVersion(out int number);
        Version found = new(number / 1000, number % 1000 / 10);
        if (result == CudaResult.StubLibrary)
        {
            throw new NoCardException($"{NativeCudaApi.FileName} is the stub of the CUDA toolkit, not a driver", "install the NVIDIA driver");
        }

        return result == CudaResult.Success && found >= OldestDriver ? found : throw new NoCardException(
            $"The NVIDIA driver offers CUDA {found}, but the kernels need CUDA {OldestDriver} or newer (PTX 8.0, driver 525)", "update the driver");
    }

    private static int Count(ICudaApi api)
    {
        int count = 0;
        CudaResult result = api.Initialise();
        if (result == CudaResult.Success)
        {
            result = api.CardCount(out count);
        }

        if (result == CudaResult.NoDevice || (result == CudaResult.Success && count == 0))
        {
            throw new NoCardException(
                "The NVIDIA driver finds no card (or CUDA_VISIBLE_DEVICES hides it)", "see whether nvidia-smi lists one");
        }

        if (result is CudaResult.SystemDriverMismatch or CudaResult.CompatibilityNotSupported)
        {
            throw new NoCardException(
                $"The NVIDIA driver's library and kernel module do not fit together ({api.Describe(result)})", "restart the machine");
        }

        return result == CudaResult.Success ? count : throw new NoCardException(
            $"The NVIDIA driver does not start: {api.Describe(result)}", "see whether nvidia-smi works");
    }

    /// <summary>What was launched last, and how many since the host waited.</summary>
    private readonly record struct Launch(string Kernel, Extents Grid, Extents Group, int SinceWait);
}
