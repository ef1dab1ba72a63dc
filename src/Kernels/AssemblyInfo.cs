using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("DoRA.Kernels.Tests")]
[assembly: InternalsVisibleTo("DoRA.Perf")]
[assembly: InternalsVisibleTo("DoRA.Pipeline.Tests")]
[assembly: InternalsVisibleTo("DoRA.PtxMachine.Tests")]
