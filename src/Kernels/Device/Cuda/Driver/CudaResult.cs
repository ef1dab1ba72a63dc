namespace DoRA.Kernels;

/// <summary>CUresult: those that get a sentence of their own. Others keep the number that the driver gave.</summary>
internal enum CudaResult
{
    Success = 0,
    OutOfMemory = 2,
    StubLibrary = 34,
    NoDevice = 100,
    NoBinaryForGpu = 209,
    UncorrectableMemory = 214,
    InvalidPtx = 218,
    JitCompilerNotFound = 221,
    UnsupportedPtxVersion = 222,
    IllegalAddress = 700,
    LaunchTimeout = 702,
    DeviceAssert = 710,
    HardwareStackError = 714,
    IllegalInstruction = 715,
    MisalignedAddress = 716,
    InvalidAddressSpace = 717,
    InvalidProgramCounter = 718,
    LaunchFailed = 719,
    SystemDriverMismatch = 803,
    CompatibilityNotSupported = 804,
}

internal static class CudaResults
{
    /// <summary>True of what a kernel did, which calls after its launch report; the context is lost then.</summary>
    public static bool IsKernelFault(this CudaResult result) => result is CudaResult.UncorrectableMemory or CudaResult.IllegalAddress
        or CudaResult.LaunchTimeout or (>= CudaResult.DeviceAssert and <= CudaResult.LaunchFailed);
}
