namespace DoRA.Kernels;

/// <summary>
/// The functions of the CUDA driver API that the engine calls, each as NVIDIA's manual describes it. <see cref="NativeCudaApi"/> is the
/// driver; tests put another in its place. Handles are pointers, addresses those of the card's memory.
/// </summary>
internal interface ICudaApi
{
    /// <summary>cuDriverGetVersion: 12040 is CUDA 12.4, the newest that the driver offers. Works before <see cref="Initialise"/>.</summary>
    CudaResult DriverVersion(out int version);

    /// <summary>cuInit.</summary>
    CudaResult Initialise();

    /// <summary>cuDeviceGetCount.</summary>
    CudaResult CardCount(out int count);

    /// <summary>cuDeviceGet.</summary>
    CudaResult Card(int index, out int card);

    /// <summary>cuDeviceGetName.</summary>
    CudaResult CardName(int card, out string name);

    /// <summary>cuDeviceGetAttribute.</summary>
    CudaResult CardAttribute(CudaAttribute attribute, int card, out int value);

    /// <summary>cuDeviceTotalMem.</summary>
    CudaResult CardMemory(int card, out long bytes);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    CudaResult RetainContext(int card, out nint context);

    /// <summary>cuDevicePrimaryCtxRelease.</summary>
    CudaResult ReleaseContext(int card);

    /// <summary>cuCtxSetCurrent.</summary>
    CudaResult SetCurrent(nint context);

    /// <summary>cuMemGetInfo's first.</summary>
    CudaResult FreeMemory(out long bytes);

    /// <summary>cuMemAlloc.</summary>
    CudaResult Allocate(long bytes, out ulong address);

    /// <summary>cuMemFree, which waits for all work.</summary>
    CudaResult Free(ulong address);

    /// <summary>cuMemHostAlloc, for any context.</summary>
    CudaResult AllocateHost(long bytes, out nint pointer);

    /// <summary>cuMemFreeHost.</summary>
    CudaResult FreeHost(nint pointer);

    /// <summary>cuStreamCreate, not synchronised with the legacy stream.</summary>
    CudaResult CreateStream(out nint stream);

    /// <summary>cuStreamDestroy.</summary>
    CudaResult DestroyStream(nint stream);

    /// <summary>cuStreamSynchronize.</summary>
    CudaResult SynchroniseStream(nint stream);

    /// <summary>cuStreamWaitEvent; an event that was never recorded is not waited for.</summary>
    CudaResult WaitForEvent(nint stream, nint mark);

    /// <summary>cuEventCreate, with timing.</summary>
    CudaResult CreateEvent(out nint mark);

    /// <summary>cuEventDestroy.</summary>
    CudaResult DestroyEvent(nint mark);

    /// <summary>cuEventRecord.</summary>
    CudaResult RecordEvent(nint mark, nint stream);

    /// <summary>cuEventSynchronize.</summary>
    CudaResult SynchroniseEvent(nint mark);

    /// <summary>cuEventElapsedTime.</summary>
    CudaResult ElapsedTime(nint start, nint end, out float milliseconds);

    /// <summary>cuMemcpyHtoDAsync.</summary>
    CudaResult CopyIn(ulong address, nint source, long bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync.</summary>
    CudaResult CopyOut(nint destination, ulong address, long bytes, nint stream);

    /// <summary>cuModuleLoadDataEx with a log of the compiler's errors.</summary>
    CudaResult LoadModule(string ptx, out nint module, out string log);

    /// <summary>cuModuleUnload.</summary>
    CudaResult UnloadModule(nint module);

    /// <summary>cuModuleGetFunction.</summary>
    CudaResult Function(nint module, string name, out nint function);

    /// <summary>cuFuncSetAttribute of CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    CudaResult AllowDynamicSharedBytes(nint function, int bytes);

    /// <summary>cuLaunchKernel; <paramref name="arguments"/> points to a pointer for each parameter.</summary>
    CudaResult Launch(nint function, Extents grid, Extents group, int dynamicSharedBytes, nint stream, nint arguments);

    /// <summary>cuGetErrorName and cuGetErrorString.</summary>
    string Describe(CudaResult result);
}
