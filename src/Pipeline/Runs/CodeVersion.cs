using System.Reflection;

namespace DoRA.Pipeline.Runs;

/// <summary>Which code made a run.</summary>
public static class CodeVersion
{
    /// <summary>Version and, when built inside a clone, the commit: <c>0.1.0+91c3…</c>.</summary>
    public static string Current { get; } =
        typeof(CodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
