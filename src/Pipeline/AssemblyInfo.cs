using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("DoRA.Pipeline.Tests")]
