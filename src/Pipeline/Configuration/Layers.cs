using DoRA.Kernels;

namespace DoRA.Pipeline.Configuration;

/// <summary>Values with their origins while settings are put together: of two values of a setting the one of the later layer stays.</summary>
internal sealed class Layers
{
    private readonly Dictionary<string, (object Value, SettingOrigin Origin)> values = new(StringComparer.Ordinal);

    /// <summary>The origin of every setting by dotted name.</summary>
    public IReadOnlyDictionary<string, SettingOrigin> Origins =>
        SettingsCatalogue.All.ToDictionary(setting => setting.Name, setting => Origin(setting.Name), StringComparer.Ordinal);

    /// <summary>Puts a layer on top of those that are there.</summary>
    public void Add(IReadOnlyDictionary<string, string> layer, SettingOrigin origin)
    {
        foreach (var (name, text) in layer)
            values[name] = (SettingsCatalogue.Find(name, origin).Parse(text, origin), origin);
    }

    /// <summary>Puts a layer below those that are there.</summary>
    public void AddBelow(IReadOnlyDictionary<string, string> layer, SettingOrigin origin)
    {
        foreach (var (name, text) in layer)
            values.TryAdd(name, (SettingsCatalogue.Find(name, origin).Parse(text, origin), origin));
    }

    /// <summary>The switches that a fidelity stands for hold against all that is set below the choice of it.</summary>
    public void AddFidelity(FidelityPreset fidelity)
    {
        var chosen = Origin("fidelity.preset").Kind;
        if (chosen == OriginKind.Default)
            return;
        var origin = new SettingOrigin(chosen, $"fidelity {SettingDescriptor.Text(fidelity)}");
        foreach (var (name, text) in Presets.Of(fidelity))
        {
            if (Origin(name).Kind < chosen)
                values[name] = (SettingsCatalogue.Find(name, origin).Parse(text, origin), origin);
        }
    }

    /// <summary>
    /// A named size gives width, depth and heads; where one of them is set above the name, the size is custom.
    /// </summary>
    public void ApplyModelName()
    {
        const string Name = "model.name";
        var nameOrigin = Origin(Name);
        if (Presets.Size(Build().Model.Name) is not var (width, depth, heads))
            return;
        (string Setting, int Value)[] sizes = [("model.width", width), ("model.depth", depth), ("model.heads", heads)];
        var differing = sizes.Where(size => values.TryGetValue(size.Setting, out var set) && !size.Value.Equals(set.Value)).ToList();
        foreach (var (setting, value) in differing)
        {
            if (Origin(setting).Kind == nameOrigin.Kind)
            {
                throw new UserException($"{setting} is {values[setting].Value}, but {Name} {SettingDescriptor.Text(Build().Model.Name)} has {value} "
                    + $"(both {nameOrigin}); set {Name} to custom.");
            }
        }
        if (differing.Find(size => Origin(size.Setting).Kind > nameOrigin.Kind) is { Setting: { } above })
        {
            foreach (var (setting, value) in sizes)
            {
                if (Origin(setting).Kind < nameOrigin.Kind || !values.ContainsKey(setting))
                    values[setting] = (value, nameOrigin);
            }
            values[Name] = (ModelName.Custom, Origin(above));
            return;
        }
        foreach (var (setting, value) in sizes)
            values[setting] = (value, nameOrigin);
    }

    /// <summary>Of <c>run.steps</c> and <c>run.stepsPerEpoch</c> the one that is set above the other holds.</summary>
    public void ApplyLength()
    {
        const string Steps = "run.steps";
        const string PerEpoch = "run.stepsPerEpoch";
        if (Build().Run is not { Steps: > 0, StepsPerEpoch: > 0 })
            return;
        if (Origin(Steps).Kind == Origin(PerEpoch).Kind)
            throw new UserException($"{Steps} and {PerEpoch} are both set ({Origin(Steps)}); set one of them to 0.");
        var (above, below) = Origin(Steps).Kind > Origin(PerEpoch).Kind ? (Steps, PerEpoch) : (PerEpoch, Steps);
        values[below] = (0, Origin(above));
    }

    /// <summary>A new tree of settings with the values so far.</summary>
    public Settings Build()
    {
        var settings = new Settings();
        foreach (var (name, (value, origin)) in values)
            SettingsCatalogue.Find(name, origin).Set(settings, value);
        return settings;
    }

    private SettingOrigin Origin(string name) => values.TryGetValue(name, out var value) ? value.Origin : SettingOrigin.Default;
}
