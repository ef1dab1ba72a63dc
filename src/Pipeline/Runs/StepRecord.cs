using System.Text.Json;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Runs;

/// <summary>What is known of a step once it is done: a line of <c>log.jsonl</c>.</summary>
/// <param name="Step">Steps done, counted from 1.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="LearningRate">The rate this step was taken with.</param>
/// <param name="WeightDecay">The decay this step was taken with.</param>
/// <param name="TeacherMomentum">The share of the old teacher that was kept.</param>
/// <param name="GradientNorm">Norm of all gradients together, before clipping.</param>
/// <param name="ClipsPerSecond">Clips trained on in a second, waiting for data included.</param>
/// <param name="DataWait">Share of the step's time spent waiting for data, 0 to 1.</param>
/// <param name="MemoryBytes">Memory the process holds.</param>
public sealed record StepRecord(
    int Step,
    double Loss,
    double LearningRate,
    double WeightDecay,
    double TeacherMomentum,
    double GradientNorm,
    double ClipsPerSecond,
    double DataWait,
    long MemoryBytes)
{
    /// <summary>Clips since the step logged before that fell on damaged pictures and were drawn again; null for none.</summary>
    public int? DamagedClips { get; init; }

    /// <summary>What the collapse watch saw; null at steps at which it did not look.</summary>
    public TeacherSigns? Teacher { get; init; }

    /// <summary>Scores of the teacher as it then was, beside those of the untrained network; null at steps at which none were taken.</summary>
    public IReadOnlyList<MonitorScore>? Scores { get; init; }

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <exception cref="JsonException">The line is no such object.</exception>
    public static StepRecord FromJson(string line) =>
        JsonSerializer.Deserialize<StepRecord>(line, Options) ?? throw new JsonException("The line holds null.");
}

/// <summary>A score during the training, in %.</summary>
/// <param name="Untrained">What the network scored with its first weights.</param>
public sealed record MonitorScore(string Score, double Untrained, double Trained);
