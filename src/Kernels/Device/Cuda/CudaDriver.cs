using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace DoRA.Kernels;

/// <summary>A card's driver, through ILGPU's bindings of the CUDA driver API. Work is queued in one stream.</summary>
public sealed unsafe partial class CudaDriver : IKernelDriver
{
    /// <summary>CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN and CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    private const int MostSharedMemoryPerBlock = 97, MostDynamicSharedMemory = 8;

    /// <summary>The compute capability from which cards are supported.</summary>
    private static readonly CudaArchitecture Oldest = CudaArchitecture.SM_80;

    private readonly Context _context;
    private readonly CudaAccelerator _accelerator;
    private readonly List<nint> _modules = [];

    /// <param name="card">Which of the machine's cards, from 0.</param>
    /// <exception cref="UserException">There is no such card, or it is too old.</exception>
    public CudaDriver(int card = 0)
    {
        _context = Context.Create(builder => builder.Cuda());
        try
        {
            Context.DeviceCollection<ILGPU.Runtime.Cuda.CudaDevice> cards = _context.GetCudaDevices();
            if (card < 0 || card >= cards.Count)
            {
                throw new UserException(cards.Count == 0
                    ? "No NVIDIA card with a driver was found; run on the CPU, or install the driver."
                    : $"There is no card {card}; give a number from 0 to {cards.Count - 1}.");
            }

            _accelerator = cards[card].CreateCudaAccelerator(_context);
            if (_accelerator.Architecture < Oldest)
            {
                throw new UserException(
                    $"{_accelerator.Name} has compute capability {_accelerator.Architecture}; it must be {Oldest} or newer. Run on the CPU.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The card's name.</summary>
    public string Name => _accelerator.Name;

    public int SharedBytesPerGroup =>
        Api.GetDeviceAttribute((DeviceAttributeKind)MostSharedMemoryPerBlock, _accelerator.DeviceId);

    private static CudaAPI Api => CudaAPI.CurrentAPI;

    private CudaStream Stream => (CudaStream)_accelerator.DefaultStream;

    /// <exception cref="UserException">The card has not that much memory left.</exception>
    public ulong Allocate(long bytes, string name)
    {
        _accelerator.Bind();
        CudaError error = Api.AllocateMemory(out nint address, (nint)bytes);
        if (error == CudaError.CUDA_ERROR_OUT_OF_MEMORY)
        {
            throw new UserException(
                $"{Name} has no memory left for {bytes / 1048576.0:F0} MiB more; lower data.batch, data.frames or head.outputs.");
        }

        Check(error, "allocating memory");
        return (ulong)address;
    }

    public void Free(ulong address)
    {
        _accelerator.Bind();
        Check(Api.FreeMemory((nint)address), "freeing memory");
    }

    public void CopyIn(ulong address, ReadOnlySpan<byte> source)
    {
        _accelerator.Bind();
        fixed (byte* pointer = source)
        {
            // From pageable memory the call returns once the bytes are staged, so the source is free again.
            Check(Api.MemcpyAsync((nint)address, (nint)pointer, source.Length, Stream), "copying to the card");
        }
    }

    public void CopyOut(ulong address, Span<byte> destination)
    {
        _accelerator.Bind();
        fixed (byte* pointer = destination)
        {
            Check(Api.MemcpyAsync((nint)pointer, (nint)address, destination.Length, Stream), "copying from the card");
            Synchronise();
        }
    }

    public IDriverKernel LoadKernel(string ptx, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        _accelerator.Bind();
        CudaError error = Api.LoadModule(out nint module, ptx, out string? log);
        Check(error, $"loading {name} ({log})");
        _modules.Add(module);
        Check(Api.GetModuleFunction(out nint function, module, name), $"finding {name}");
        return new LoadedKernel(name, function);
    }

    public void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        _accelerator.Bind();
        LoadedKernel loaded = (LoadedKernel)kernel;
        if (dynamicSharedBytes > loaded.DynamicSharedBytes)
        {
            // Beyond 48 KB a group's memory must be asked for, once a kernel.
            Check(SetFunctionAttribute(loaded.Function, MostDynamicSharedMemory, dynamicSharedBytes),
                $"giving {kernel.Name} {dynamicSharedBytes} bytes of shared memory a group");
            loaded.DynamicSharedBytes = dynamicSharedBytes;
        }

        nint* pointers = stackalloc nint[arguments.Length];
        fixed (KernelArgument* first = arguments)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                // An argument's bytes stand at its beginning.
                pointers[i] = (nint)(first + i);
            }

            CudaError error = Api.LaunchKernel(loaded.Function, grid.X, grid.Y, grid.Z, group.X, group.Y, group.Z,
                dynamicSharedBytes, Stream.StreamPtr, (nint)pointers, 0);
            Check(error, $"launching {kernel.Name} on {grid} groups of {group} threads");
        }
    }

    public void Synchronise()
    {
        _accelerator.Bind();
        Check(Api.SynchronizeStream(Stream.StreamPtr), "waiting for the kernels launched before");
    }

    public void Dispose()
    {
        if (_accelerator is { IsDisposed: false })
        {
            _accelerator.Bind();
            _modules.ForEach(module => Api.DestroyModule(module));
            _accelerator.Dispose();
        }

        _context.Dispose();
    }

    private void Check(CudaError error, string what)
    {
        if (error != CudaError.CUDA_SUCCESS)
        {
            throw new InvalidOperationException($"{Name}: {Api.GetErrorString(error)} when {what}.");
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial CudaError SetFunctionAttribute(nint function, int attribute, int value);

    private sealed record LoadedKernel(string Name, nint Function) : IDriverKernel
    {
        /// <summary>What a launch may ask for as it is.</summary>
        public int DynamicSharedBytes { get; set; } = CudaKernel.SharedBytes;
    }
}
