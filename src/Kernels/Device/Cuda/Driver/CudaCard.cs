namespace DoRA.Kernels;

/// <summary>A card as its driver describes it.</summary>
/// <param name="Index">Which of the machine's cards, from 0.</param>
/// <param name="Capability">Compute capability: 9.0 is an H100's.</param>
/// <param name="MemoryBytes">All of its memory.</param>
/// <param name="SharedBytesPerGroup">The most shared memory of a group.</param>
/// <param name="DriverVersion">The newest CUDA that the driver offers.</param>
public sealed record CudaCard(
    int Index, string Name, Version Capability, int Multiprocessors, long MemoryBytes, int SharedBytesPerGroup, Version DriverVersion);
