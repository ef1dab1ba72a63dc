using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("DoRA.Perf")]
[assembly: InternalsVisibleTo("DoRA.Pipeline.Tests")]
