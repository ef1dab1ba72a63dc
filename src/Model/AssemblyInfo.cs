using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("DoRA.Model.Tests")]
