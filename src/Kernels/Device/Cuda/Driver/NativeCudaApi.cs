using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace DoRA.Kernels;

/// <summary>NVIDIA's driver, by the name under which it installs itself.</summary>
internal sealed unsafe partial class NativeCudaApi : ICudaApi
{
    private const string Library = "cuda-driver";
    private const int HostMemoryPortable = 1, StreamNonBlocking = 1, EventDefault = 0, MaxDynamicSharedBytes = 8;
    private const int JitErrorLog = 5, JitErrorLogBytes = 6, LogBytes = 8192;

    private static readonly nint Handle = NativeLibrary.TryLoad(FileName, out nint handle) ? handle : 0;

    static NativeCudaApi() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? Handle : 0);

    private NativeCudaApi() { }

    /// <summary>The driver, or null where none is installed.</summary>
    public static NativeCudaApi? TryLoad() => Handle == 0 ? null : new();

    public static string FileName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    public CudaResult DriverVersion(out int version) => cuDriverGetVersion(out version);

    public CudaResult Initialise() => cuInit(0);

    public CudaResult CardCount(out int count) => cuDeviceGetCount(out count);

    public CudaResult Card(int index, out int card) => cuDeviceGet(out card, index);

    public CudaResult CardName(int card, out string name)
    {
        byte* text = stackalloc byte[256];
        CudaResult result = cuDeviceGetName(text, 256, card);
        name = result == CudaResult.Success ? Marshal.PtrToStringUTF8((nint)text)! : "";
        return result;
    }

    public CudaResult CardAttribute(CudaAttribute attribute, int card, out int value) => cuDeviceGetAttribute(out value, attribute, card);

    public CudaResult CardMemory(int card, out long bytes)
    {
        CudaResult result = cuDeviceTotalMem(out nuint total, card);
        bytes = (long)total;
        return result;
    }

    public CudaResult RetainContext(int card, out nint context) => cuDevicePrimaryCtxRetain(out context, card);

    public CudaResult ReleaseContext(int card) => cuDevicePrimaryCtxRelease(card);

    public CudaResult SetCurrent(nint context) => cuCtxSetCurrent(context);

    public CudaResult FreeMemory(out long bytes)
    {
        CudaResult result = cuMemGetInfo(out nuint free, out _);
        bytes = (long)free;
        return result;
    }

    public CudaResult Allocate(long bytes, out ulong address) => cuMemAlloc(out address, (nuint)bytes);

    public CudaResult Free(ulong address) => cuMemFree(address);

    public CudaResult AllocateHost(long bytes, out nint pointer) => cuMemHostAlloc(out pointer, (nuint)bytes, HostMemoryPortable);

    public CudaResult FreeHost(nint pointer) => cuMemFreeHost(pointer);

    public CudaResult CreateStream(out nint stream) => cuStreamCreate(out stream, StreamNonBlocking);

    public CudaResult DestroyStream(nint stream) => cuStreamDestroy(stream);

    public CudaResult SynchroniseStream(nint stream) => cuStreamSynchronize(stream);

    public CudaResult WaitForEvent(nint stream, nint mark) => cuStreamWaitEvent(stream, mark, 0);

    public CudaResult CreateEvent(out nint mark) => cuEventCreate(out mark, EventDefault);

    public CudaResult DestroyEvent(nint mark) => cuEventDestroy(mark);

    public CudaResult RecordEvent(nint mark, nint stream) => cuEventRecord(mark, stream);

    public CudaResult SynchroniseEvent(nint mark) => cuEventSynchronize(mark);

    public CudaResult ElapsedTime(nint start, nint end, out float milliseconds) => cuEventElapsedTime(out milliseconds, start, end);

    public CudaResult CopyIn(ulong address, nint source, long bytes, nint stream) => cuMemcpyHtoDAsync(address, source, (nuint)bytes, stream);

    public CudaResult CopyOut(nint destination, ulong address, long bytes, nint stream) =>
        cuMemcpyDtoHAsync(destination, address, (nuint)bytes, stream);

    public CudaResult LoadModule(string ptx, out nint module, out string log)
    {
        // The text ends in a zero, as the driver expects. An option's value stands in the place of its pointer.
        byte[] text = [.. Encoding.UTF8.GetBytes(ptx), 0], written = new byte[LogBytes];
        fixed (byte* textPointer = text, logPointer = written)
        {
            int* options = stackalloc int[] { JitErrorLog, JitErrorLogBytes };
            nint* values = stackalloc nint[] { (nint)logPointer, LogBytes };
            CudaResult result = cuModuleLoadDataEx(out module, (nint)textPointer, 2, options, values);
            log = Marshal.PtrToStringUTF8((nint)logPointer)!;
            return result;
        }
    }

    public CudaResult UnloadModule(nint module) => cuModuleUnload(module);

    public CudaResult Function(nint module, string name, out nint function) => cuModuleGetFunction(out function, module, name);

    public CudaResult AllowDynamicSharedBytes(nint function, int bytes) => cuFuncSetAttribute(function, MaxDynamicSharedBytes, bytes);

    public CudaResult Launch(nint function, Extents grid, Extents group, int dynamicSharedBytes, nint stream, nint arguments) => cuLaunchKernel(
        function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)group.X, (uint)group.Y, (uint)group.Z, (uint)dynamicSharedBytes, stream,
        arguments, 0);

    public string Describe(CudaResult result)
    {
        string? Text(CudaResult found, nint text) => found == CudaResult.Success ? Marshal.PtrToStringUTF8(text) : null;
        return $"{Text(cuGetErrorString(result, out nint text), text) ?? "unknown error"} "
            + $"({Text(cuGetErrorName(result, out nint name), name) ?? $"CUresult {(int)result}"})";
    }

    [LibraryImport(Library)]
    private static partial CudaResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    private static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetAttribute(out int value, CudaAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial CudaResult cuDeviceTotalMem(out nuint bytes, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial CudaResult cuDevicePrimaryCtxRelease(int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial CudaResult cuMemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    private static partial CudaResult cuMemAlloc(out ulong address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    private static partial CudaResult cuMemFree(ulong address);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemHostAlloc(out nint pointer, nuint bytes, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemFreeHost(nint pointer);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    private static partial CudaResult cuStreamDestroy(nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamWaitEvent(nint stream, nint mark, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventCreate(out nint mark, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    private static partial CudaResult cuEventDestroy(nint mark);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventRecord(nint mark, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventSynchronize(nint mark);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    private static partial CudaResult cuMemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    private static partial CudaResult cuMemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuModuleLoadDataEx(out nint module, nint image, uint count, int* options, nint* values);

    [LibraryImport(Library)]
    private static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial CudaResult cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    private static partial CudaResult cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(Library)]
    private static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint groupX, uint groupY, uint groupZ, uint sharedBytes, nint stream,
        nint arguments, nint extra);

    [LibraryImport(Library)]
    private static partial CudaResult cuGetErrorName(CudaResult result, out nint text);

    [LibraryImport(Library)]
    private static partial CudaResult cuGetErrorString(CudaResult result, out nint text);
}
