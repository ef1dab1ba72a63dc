using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine;

/// <summary>A kernel decoded by the machine.</summary>
public sealed class MachineKernel : IDriverKernel
{
    internal MachineKernel(Program program) => Program = program;

    public string Name => Program.Name;

    /// <summary>Static shared memory of a group, in bytes.</summary>
    public int StaticSharedBytes => Program.StaticSharedBytes;

    /// <summary>Local memory of a thread, in bytes; registers that did not fit would show up here only after ptxas.</summary>
    public int LocalBytes => Program.LocalBytes;

    /// <summary>Bytes of each parameter.</summary>
    public IEnumerable<int> ParameterBytes => Program.Parameters.Select(parameter => (int)parameter.Size);

    internal Program Program { get; }
}
