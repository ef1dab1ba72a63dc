using System.Diagnostics;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;
using DoRA.PtxMachine.Execution;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine;

/// <summary>
/// Runs PTX on the CPU. A launch is checked and counted; as a driver (<see cref="IKernelDriver"/>) the machine throws when one
/// has findings.
/// </summary>
public sealed class Machine : IKernelDriver
{
    private readonly GlobalMemory _memory;
    private readonly List<LaunchReport> _history = [];
    private int _launches;

    public Machine(MachineOptions? options = null)
    {
        Options = options ?? new MachineOptions();
        _memory = new GlobalMemory(Options.GlobalBytes);
    }

    public MachineOptions Options { get; set; }

    /// <summary>Reports of the launches made through <see cref="IKernelDriver"/>, in order.</summary>
    public IReadOnlyList<LaunchReport> History => _history;

    /// <summary>Takes uninitialised memory for elements.</summary>
    public DriverBuffer<T> Allocate<T>(int length, string name = "buffer")
        where T : unmanaged => new(this, length, name);

    /// <summary>Takes memory and copies elements into it.</summary>
    public DriverBuffer<T> Allocate<T>(ReadOnlySpan<T> elements, string name = "buffer")
        where T : unmanaged => new(this, elements, name);

    /// <summary>Takes memory and copies elements into it.</summary>
    public DriverBuffer<T> Allocate<T>(T[] elements, string name = "buffer")
        where T : unmanaged => new(this, elements.AsSpan(), name);

    /// <summary>Decodes a kernel of a module.</summary>
    /// <exception cref="PtxException">The text has something that the machine does not know; the message quotes the line.</exception>
    public MachineKernel Load(string ptx, string? name = null)
    {
        PtxModule module = new(ptx);
        PtxFunction kernel = module.Kernel(name);
        ModuleVariables variables = new(module, _memory);
        return new MachineKernel(ProgramBuilder.Build(module, kernel, variables.AddressOf, Options.UnluckyAlignment));
    }

    /// <summary>Runs a kernel to its end and reports what was found and counted.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="grid">Groups.</param>
    /// <param name="group">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory of a group.</param>
    /// <param name="arguments">One for each parameter, in order.</param>
    /// <exception cref="PtxException">The launch does not fit the kernel.</exception>
    public LaunchReport Launch(MachineKernel kernel, Extents grid, Extents group, int dynamicSharedBytes,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        Program program = kernel.Program;
        LaunchShape shape = new(grid, group, dynamicSharedBytes);
        if (shape.Threads is < 1 or > 1024 || shape.Threads > (program.MaxThreads ?? 1024)) throw new PtxException(
            $"{program.Name}: a group of {group} threads");
        if (dynamicSharedBytes > 0 && !program.UsesDynamicShared) throw new PtxException($"{program.Name} has no dynamic shared memory");
        if (program.StaticSharedBytes + dynamicSharedBytes > SharedBytesPerGroup) throw new PtxException(
            $"{program.Name}: a group's {program.StaticSharedBytes} + {dynamicSharedBytes} bytes of shared memory; {SharedBytesPerGroup} is the most");
        FindingList findings = new(program.Name);
        LaunchContext launch = new(program, shape, PackParameters(program, arguments), _memory, Options, findings, ++_launches);
        long start = Stopwatch.GetTimestamp();
        WorkerCounts counts = new GridRunner(launch).Run();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new LaunchReport(program.Name, grid, group, dynamicSharedBytes, findings.ToList(),
            KernelCounts.From(program, shape, counts), elapsed);
    }

    public Version ComputeCapability => Options.ComputeCapability;

    public int SharedBytesPerGroup => Options.SharedBytesPerGroup;

    public IDriverKernel LoadKernel(string ptx, string? name = null) => Load(ptx, name);

    public ulong Allocate(long bytes, string name)
    {
        Allocations++;
        return _memory.Allocate(bytes, name);
    }

    /// <summary>How often memory was taken.</summary>
    public int Allocations { get; private set; }

    /// <summary>How often memory was copied to the host.</summary>
    public int CopiesOut { get; private set; }

    public void Free(ulong address) => _memory.Free(address);

    public void CopyIn(ulong address, ReadOnlySpan<byte> source) => _memory.CopyIn(address, source);

    public void CopyOut(ulong address, Span<byte> destination)
    {
        CopiesOut++;
        _memory.CopyOut(address, destination);
    }

    /// <summary>Whether a range was written in full, by copies or kernels.</summary>
    public bool IsInitialised(ulong address, int bytes) => _memory.IsInitialised(address, bytes);

    void IKernelDriver.Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        LaunchReport report = Launch((MachineKernel)kernel, grid, group, dynamicSharedBytes, arguments);
        _history.Add(report);
        report.ThrowIfFindings();
    }

    public void Synchronise()
    {
    }

    public void Dispose() => _memory.Dispose();

    private static byte[] PackParameters(Program program, ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length != program.Parameters.Count)
        {
            throw new PtxException($"{program.Name} takes {program.Parameters.Count} arguments, not {arguments.Length}");
        }
        byte[] parameters = new byte[program.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            PtxVariable parameter = program.Parameters[i];
            if (arguments[i].Bytes.Length != parameter.Size)
            {
                throw new PtxException($"{program.Name}: argument {i} has {arguments[i].Bytes.Length} bytes, "
                    + $"the parameter {parameter.Name} {parameter.Size}");
            }
            arguments[i].Bytes.CopyTo(parameters.AsSpan(program.ParameterOffsets[i]));
        }
        return parameters;
    }
}
