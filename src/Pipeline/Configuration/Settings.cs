namespace DoRA.Pipeline.Configuration;

/// <summary>
/// All settings of a training, with their defaults: the paper's recipe. A setting's dotted name is its path here in camel case
/// (<c>optimizer.learningRate</c>), in the YAML file and on the command line alike.
/// </summary>
public sealed record Settings
{
    [Setting("the named set of values that was started from")]
    public Preset Preset { get; init; } = Preset.None;

    [Setting("what is trained: DoRA, or DINO's own recipe on the same frames")]
    public Method Method { get; init; } = Method.Dora;

    public DataSettings Data { get; init; } = new();

    public ModelSettings Model { get; init; } = new();

    public HeadSettings Head { get; init; } = new();

    public ViewSettings Views { get; init; } = new();

    public TrackerSettings Tracker { get; init; } = new();

    public LossSettings Loss { get; init; } = new();

    public OptimizerSettings Optimizer { get; init; } = new();

    public FidelitySettings Fidelity { get; init; } = new();

    public RunSettings Run { get; init; } = new();

    public CheckpointSettings Checkpoint { get; init; } = new();

    public LogSettings Log { get; init; } = new();

    public WatchSettings Watch { get; init; } = new();

    public MonitorSettings Monitor { get; init; } = new();
}
