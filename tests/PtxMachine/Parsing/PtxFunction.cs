namespace DoRA.PtxMachine.Parsing;

/// <summary>A `.func` or `.entry` with a body, not yet decoded.</summary>
/// <param name="Name">The name in the module.</param>
/// <param name="IsEntry">True for a kernel.</param>
/// <param name="Parameters">Declared parameters in order.</param>
/// <param name="Results">Declared return parameters.</param>
/// <param name="MaxThreads">Threads allowed by `.maxntid`, or null.</param>
/// <param name="Statements">The body.</param>
public sealed record PtxFunction(string Name, bool IsEntry, IReadOnlyList<PtxVariable> Parameters, IReadOnlyList<PtxVariable> Results,
    int? MaxThreads, IReadOnlyList<PtxStatement> Statements);
