namespace DoRA.Model.Tests;

/// <summary>Which engine computes a golden file's numbers.</summary>
public enum Engine
{
    Cpu,

    /// <summary>The CUDA engine in float32, its kernels' PTX executed by the machine with all checks.</summary>
    CudaOnPtxMachine,
}
