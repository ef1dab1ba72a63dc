namespace DoRA.Kernels;

/// <summary>CUdevice_attribute.</summary>
internal enum CudaAttribute
{
    Multiprocessors = 16,
    MajorCapability = 75,
    MinorCapability = 76,
    MostSharedMemoryPerBlock = 97,
}
