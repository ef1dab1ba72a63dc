namespace DoRA.Pipeline.Configuration;

/// <summary>From where a value comes; a later one wins over an earlier one.</summary>
public enum OriginKind
{
    Default,
    Preset,
    File,
    CommandLine,
}

/// <summary>From where a value comes.</summary>
/// <param name="Kind">The layer.</param>
/// <param name="Text">As it is written behind the value: <c>default</c>, <c>preset demo</c>, <c>file my.yaml</c>, <c>command line</c>.</param>
public sealed record SettingOrigin(OriginKind Kind, string Text)
{
    public static SettingOrigin Default { get; } = new(OriginKind.Default, "default");

    public static SettingOrigin CommandLine { get; } = new(OriginKind.CommandLine, "command line");

    public override string ToString() => Text;
}
