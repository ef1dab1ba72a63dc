namespace DoRA.Pipeline.Configuration;

/// <summary>The values that presets, methods and sizes stand for, by dotted name. What they leave out keeps its default.</summary>
internal static class Presets
{
    // A rate of 5e-4 whatever the batch; 10% of the steps as warm-up; the box of a clip in the paper's proportion, 300 to 224. Small boxes,
    // cut from frames that are large enough for them, make half a minute of video a more varied teacher than whole scenes do.
    private static readonly Dictionary<string, string> Demo = new()
    {
        ["data.batch"] = "32",
        ["data.frames"] = "2",
        ["data.spacingSeconds"] = "0.3",
        ["data.decodeHeight"] = "360",
        ["model.name"] = "custom",
        ["model.width"] = "96",
        ["model.depth"] = "3",
        ["model.heads"] = "3",
        ["model.patch"] = "8",
        ["model.imageSize"] = "32",
        ["model.dropPath"] = "0",
        ["model.initialisation"] = "fanInUniform",
        ["head.hidden"] = "256",
        ["head.bottleneck"] = "64",
        ["head.outputs"] = "256",
        ["head.normLastLayer"] = "true",
        ["views.clipCrop"] = "43",
        ["views.clipScale"] = "[0.02, 0.3]",
        ["views.globalSize"] = "32",
        ["views.localSize"] = "16",
        ["views.localCount"] = "4",
        ["tracker.objects"] = "2",
        ["loss.teacherTemperatureStart"] = "0.03",
        ["loss.teacherTemperature"] = "0.03",
        ["loss.teacherTemperatureWarmupEpochs"] = "0",
        ["loss.centerMomentum"] = "0",
        ["optimizer.learningRate"] = "0.0005",
        ["optimizer.referenceBatch"] = "0",
        ["optimizer.warmupEpochs"] = "1",
        ["optimizer.finalLearningRate"] = "5E-06",
        ["optimizer.weightDecay"] = "0.04",
        ["optimizer.finalWeightDecay"] = "0.04",
        ["optimizer.teacherMomentum"] = "0.97",
        ["optimizer.finalTeacherMomentum"] = "0.995",
        ["optimizer.freezeLastLayerEpochs"] = "0",
        ["run.steps"] = "2600",
        ["run.epochs"] = "10",
        ["checkpoint.every"] = "650",
    };

    private static readonly Dictionary<string, string> Small = new()
    {
        ["data.batch"] = "16",
        ["data.frames"] = "4",
        ["data.decodeHeight"] = "480",
        ["model.name"] = "small",
        ["head.outputs"] = "16384",
        ["loss.teacherTemperatureWarmupEpochs"] = "3",
        ["optimizer.warmupEpochs"] = "1",
        ["run.epochs"] = "10",
        ["run.stepsPerEpoch"] = "2000",
        ["checkpoint.every"] = "1000",
    };

    private static readonly Dictionary<string, string> Paper = new()
    {
        ["data.batch"] = "48",
        ["data.frames"] = "8",
        ["data.spacingSeconds"] = "1",
        ["model.name"] = "small",
        ["model.patch"] = "16",
        ["head.outputs"] = "65536",
        ["run.epochs"] = "100",
    };

    private static readonly Dictionary<string, string> Tiny = new()
    {
        ["data.batch"] = "2",
        ["data.frames"] = "2",
        ["data.spacingSeconds"] = "0.1",
        ["data.decodeHeight"] = "64",
        ["data.workers"] = "1",
        ["model.name"] = "custom",
        ["model.width"] = "24",
        ["model.depth"] = "2",
        ["model.heads"] = "3",
        ["model.patch"] = "4",
        ["model.imageSize"] = "16",
        ["head.hidden"] = "32",
        ["head.bottleneck"] = "16",
        ["head.outputs"] = "48",
        ["views.clipCrop"] = "24",
        ["views.globalSize"] = "16",
        ["views.localSize"] = "8",
        ["views.localCount"] = "2",
        ["tracker.objects"] = "2",
        ["loss.teacherTemperatureWarmupEpochs"] = "0",
        ["optimizer.warmupEpochs"] = "1",
        ["monitor.frames"] = "16",
        ["run.steps"] = "6",
        ["run.epochs"] = "3",
        ["checkpoint.every"] = "3",
    };

    // DINO's released recipe for ViT-S.
    private static readonly Dictionary<string, string> Dino = new()
    {
        ["views.localSize"] = "96",
        ["views.localCount"] = "8",
        ["views.globalBlur"] = "1",
        ["views.secondGlobalBlur"] = "0.1",
        ["views.secondGlobalSolarise"] = "0.2",
        ["loss.teacherTemperatureStart"] = "0.04",
        ["loss.teacherTemperature"] = "0.07",
        ["loss.teacherTemperatureWarmupEpochs"] = "30",
    };

    private static readonly Dictionary<string, string> OfficialFidelity = Fidelity("true");

    private static readonly Dictionary<string, string> PaperFidelity = Fidelity("false");

    private static readonly Dictionary<string, string> Nothing = [];

    public static IReadOnlyDictionary<string, string> Of(Preset preset) => preset switch
    {
        Preset.Demo => Demo,
        Preset.Small => Small,
        Preset.Paper => Paper,
        Preset.Tiny => Tiny,
        _ => Nothing,
    };

    public static IReadOnlyDictionary<string, string> Of(Method method) => method == Method.Dino ? Dino : Nothing;

    public static IReadOnlyDictionary<string, string> Of(FidelityPreset fidelity) =>
        fidelity == FidelityPreset.Official ? OfficialFidelity : PaperFidelity;

    /// <summary>Width, depth and heads of a named size; null for custom.</summary>
    public static (int Width, int Depth, int Heads)? Size(ModelName name) => name switch
    {
        ModelName.Tiny => (192, 12, 3),
        ModelName.Small => (384, 12, 6),
        ModelName.Base => (768, 12, 12),
        _ => null,
    };

    // The released code knows hard masks only; ours are hard too unless the setting says otherwise.
    private static Dictionary<string, string> Fidelity(string asReleased) => new()
    {
        ["tracker.maskKind"] = "hard",
        ["fidelity.skipFirstLocal"] = asReleased,
        ["fidelity.carryObjectLoss"] = asReleased,
        ["fidelity.batchThreshold"] = asReleased,
        ["fidelity.sharedHeads"] = asReleased,
    };
}
