namespace DoRA.Pipeline.Configuration;

/// <summary>Says what a setting means and which values it may take.</summary>
/// <param name="description">One sentence part for the settings table, with the unit.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string description) : Attribute
{
    public string Description { get; } = description;

    /// <summary>Smallest value allowed; of an interval, for both ends.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest value allowed; of an interval, for both ends.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;
}
