using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("DoRA.Kernels.Tests")]
[assembly: InternalsVisibleTo("DoRA.Perf")]
[assembly: InternalsVisibleTo("DoRA.PtxMachine.Tests")]
