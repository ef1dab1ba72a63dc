using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests.Cuda.Driver;

/// <summary>
/// A driver without a card: its kernels run on the PTX machine, its streams are queues, and any call can be told to fail. It holds the engine
/// to what NVIDIA promises and no more: asynchronous copies read page-locked memory only, and only when they are done; every call needs the
/// context on its thread; more than 48 KB of dynamic shared memory must have been asked for.
/// </summary>
internal sealed unsafe class FakeCudaApi(Eagerness eagerness = Eagerness.All) : ICudaApi, IDisposable
{
    private const int Context = 77, InvalidValue = 1, InvalidContext = 201, InvalidHandle = 400, NotFound = 500;

    private readonly ThreadLocal<nint> _current = new();
    private readonly Dictionary<string, int> _calls = [];
    private readonly Dictionary<string, (CudaResult Result, int Call)> _failures = [];
    private readonly Dictionary<nint, FakeStream> _streams = [];
    private readonly Dictionary<nint, FakeTicket?> _events = [];
    private readonly Dictionary<nint, long> _hostMemory = [];
    private readonly Dictionary<nint, MachineKernel> _modules = [];
    private readonly Dictionary<nint, (MachineKernel Kernel, int DynamicSharedBytes)> _functions = [];
    private readonly HashSet<ulong> _memory = [];
    private readonly List<nint> _reads = [];
    private int _contexts;
    private nint _handles = 1000;

    public Machine Machine { get; } = new();

    public int Version { get; init; } = 12040;

    public int Cards { get; init; } = 1;

    public (int Major, int Minor) Capability { get; init; } = (9, 0);

    /// <summary>The compiler's words when a module cannot be loaded.</summary>
    public string Log { get; init; } = "";

    /// <summary>Everything that was taken and not given back.</summary>
    public int Held => _streams.Count + _events.Count + _hostMemory.Count + _modules.Count + _memory.Count + _contexts;

    /// <summary>Copies to the card that are queued and not done.</summary>
    public int QueuedReads => _reads.Count;

    /// <summary>How often a function was called.</summary>
    public int Calls(string function) => _calls.GetValueOrDefault(function);

    /// <summary>Lets a function fail from its <paramref name="call"/>-th call on.</summary>
    public FakeCudaApi Fail(string function, CudaResult result, int call = 1)
    {
        _failures[function] = (result, call);
        return this;
    }

    public CudaResult DriverVersion(out int version)
    {
        version = Version;
        return Count();
    }

    public CudaResult Initialise() => Count();

    public CudaResult CardCount(out int count)
    {
        count = Cards;
        return Count();
    }

    public CudaResult Card(int index, out int card)
    {
        card = index;
        return Count();
    }

    public CudaResult CardName(int card, out string name)
    {
        name = "Fake H200";
        return Count();
    }

    public CudaResult CardAttribute(CudaAttribute attribute, int card, out int value)
    {
        value = attribute switch
        {
            CudaAttribute.MajorCapability => Capability.Major,
            CudaAttribute.MinorCapability => Capability.Minor,
            CudaAttribute.MostSharedMemoryPerBlock => Machine.SharedBytesPerGroup,
            _ => 132,
        };
        return Count();
    }

    public CudaResult CardMemory(int card, out long bytes)
    {
        bytes = 141L << 30;
        return Count();
    }

    public CudaResult RetainContext(int card, out nint context)
    {
        context = Context;
        CudaResult result = Count();
        _contexts += result == CudaResult.Success ? 1 : 0;
        return result;
    }

    public CudaResult ReleaseContext(int card)
    {
        _contexts--;
        return Count();
    }

    public CudaResult SetCurrent(nint context)
    {
        _current.Value = context;
        return Count();
    }

    public CudaResult FreeMemory(out long bytes)
    {
        bytes = 512L << 20;
        return Bound();
    }

    public CudaResult Allocate(long bytes, out ulong address)
    {
        CudaResult result = Bound();
        address = 0;
        if (result == CudaResult.Success)
        {
            _memory.Add(address = Machine.Allocate(bytes, "buffer"));
        }

        return result;
    }

    public CudaResult Free(ulong address)
    {
        foreach (FakeStream stream in _streams.Values)
        {
            stream.Run();
        }

        Machine.Free(address);
        return _memory.Remove(address) ? Bound() : (CudaResult)InvalidValue;
    }

    public CudaResult AllocateHost(long bytes, out nint pointer)
    {
        CudaResult result = Bound();
        pointer = result == CudaResult.Success ? (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096) : 0;
        if (pointer != 0)
        {
            _hostMemory[pointer] = bytes;
        }

        return result;
    }

    public CudaResult FreeHost(nint pointer)
    {
        if (!_hostMemory.Remove(pointer, out long bytes))
        {
            return (CudaResult)InvalidValue;
        }

        Assert.That(_reads.Any(read => read >= pointer && read < pointer + bytes), Is.False, "memory is given back that a queued copy reads");

        NativeMemory.AlignedFree((void*)pointer);
        return Bound();
    }

    public CudaResult CreateStream(out nint stream)
    {
        CudaResult result = Bound();
        stream = 0;
        if (result == CudaResult.Success)
        {
            _streams[stream = _handles++] = new(_streams.Count == 0);
        }

        return result;
    }

    public CudaResult DestroyStream(nint stream) => _streams.Remove(stream) ? Bound() : (CudaResult)InvalidHandle;

    public CudaResult SynchroniseStream(nint stream)
    {
        _streams[stream].Run();
        return Bound();
    }

    public CudaResult WaitForEvent(nint stream, nint mark) => Queue(stream, () => { }, _events[mark]);

    public CudaResult CreateEvent(out nint mark)
    {
        CudaResult result = Bound();
        mark = 0;
        if (result == CudaResult.Success)
        {
            _events[mark = _handles++] = null;
        }

        return result;
    }

    public CudaResult DestroyEvent(nint mark) => _events.Remove(mark) ? Bound() : (CudaResult)InvalidHandle;

    public CudaResult RecordEvent(nint mark, nint stream)
    {
        FakeTicket ticket = new(_streams[stream]);
        _events[mark] = ticket;
        return Queue(stream, () => ticket.IsDone = true);
    }

    public CudaResult SynchroniseEvent(nint mark)
    {
        if (_events[mark] is { } ticket)
        {
            ticket.Stream.Run(ticket);
        }

        return Bound();
    }

    public CudaResult ElapsedTime(nint start, nint end, out float milliseconds)
    {
        milliseconds = 2;
        return Bound();
    }

    public CudaResult CopyIn(ulong address, nint source, long bytes, nint stream)
    {
        Assert.That(_hostMemory.Any(held => source >= held.Key && source + bytes <= held.Key + held.Value),
            "an asynchronous copy from memory that is not page-locked");
        _reads.Add(source);
        CudaResult result = Queue(stream, () =>
        {
            Machine.CopyIn(address, new((void*)source, (int)bytes));
            _reads.Remove(source);
        });
        if (result != CudaResult.Success)
        {
            _reads.Remove(source);
        }

        return result;
    }

    public CudaResult CopyOut(nint destination, ulong address, long bytes, nint stream) =>
        Queue(stream, () => Machine.CopyOut(address, new((void*)destination, (int)bytes)));

    public CudaResult LoadModule(string ptx, out nint module, out string log)
    {
        (module, log) = (_handles++, Log);
        CudaResult result = Bound();
        if (result == CudaResult.Success)
        {
            _modules[module] = Machine.Load(ptx);
        }

        return result;
    }

    public CudaResult UnloadModule(nint module) => _modules.Remove(module) ? Bound() : (CudaResult)InvalidHandle;

    public CudaResult Function(nint module, string name, out nint function)
    {
        _functions[function = _handles++] = (_modules[module], CudaKernel.SharedBytes - _modules[module].StaticSharedBytes);
        return _modules[module].Name == name ? Bound() : (CudaResult)NotFound;
    }

    public CudaResult AllowDynamicSharedBytes(nint function, int bytes)
    {
        _functions[function] = (_functions[function].Kernel, bytes);
        return Bound();
    }

    public CudaResult Launch(nint function, Extents grid, Extents group, int dynamicSharedBytes, nint stream, nint arguments)
    {
        (MachineKernel kernel, int allowed) = _functions[function];
        if (dynamicSharedBytes > allowed)
        {
            return (CudaResult)InvalidValue;
        }

        // The driver takes the arguments now, the kernel runs later.
        KernelArgument[] taken = [.. kernel.ParameterBytes.Select((bytes, i) => new KernelArgument(new ReadOnlySpan<byte>(((void**)arguments)[i], bytes)))];
        return Queue(stream, () => Machine.Launch(kernel, grid, group, dynamicSharedBytes, taken).ThrowIfFindings());
    }

    public string Describe(CudaResult result) => $"words for {result}";

    public void Dispose()
    {
        Machine.Dispose();
        _current.Dispose();
    }

    private CudaResult Bound([CallerMemberName] string function = "")
    {
        CudaResult result = Count(function);
        return _current.Value == Context ? result : (CudaResult)InvalidContext;
    }

    private CudaResult Count([CallerMemberName] string function = "")
    {
        _calls[function] = Calls(function) + 1;
        return _failures.TryGetValue(function, out (CudaResult Result, int Call) failure) && Calls(function) >= failure.Call
            ? failure.Result : CudaResult.Success;
    }

    private CudaResult Queue(nint stream, Action work, FakeTicket? after = null, [CallerMemberName] string function = "")
    {
        CudaResult result = Bound(function);
        if (result == CudaResult.Success)
        {
            _streams[stream].Add(work, after);
            RunEager();
        }

        return result;
    }

    private void RunEager()
    {
        bool moves = true;
        while (moves)
        {
            moves = false;
            foreach (FakeStream stream in _streams.Values.Where(stream => eagerness == Eagerness.All || (eagerness == Eagerness.LaterStreams && !stream.IsFirst)))
            {
                moves |= stream.RunReady();
            }
        }
    }
}
