namespace DoRA.Kernels;

/// <summary>Work cut into phases and each phase into parts that may run at the same time.</summary>
internal interface IParallelWork
{
    /// <summary>At most <see cref="CpuThreadPool.MaxPhases"/>.</summary>
    int Phases { get; }

    int Parts(int phase);

    /// <param name="worker">Index of the thread that runs the part, below <see cref="CpuThreads.Count"/>: names its share of scratch
    /// memory; the result may not depend on it.</param>
    void Run(int phase, int part, int worker);
}
