namespace DoRA.Pipeline.Configuration;

/// <summary>How long, from which seed, and on what.</summary>
public sealed record RunSettings
{
    [Setting("steps of the whole training, which are then its epochs together; 0: run.epochs × run.stepsPerEpoch", Minimum = 0, Maximum = 1e9)]
    public int Steps { get; init; }

    [Setting("epochs: what the schedules' warm-ups are counted in", Minimum = 1, Maximum = 1e6)]
    public int Epochs { get; init; } = 100;

    [Setting("steps an epoch; 0: until each clip of the data has come once", Minimum = 0, Maximum = 1e9)]
    public int StepsPerEpoch { get; init; }

    [Setting("seed of everything that is drawn", Minimum = 0, Maximum = int.MaxValue)]
    public int Seed { get; init; }

    [Setting("auto (a card, else the CPU), cpu, cuda or cuda:N")]
    public string Device { get; init; } = "auto";

    [Setting("what activations are stored and multiplied in; bf16 on a card only; sums and weights stay float32")]
    public Precision Precision { get; init; } = Precision.Fp32;

    [Setting("threads of the CPU engine; 0 takes all cores", Minimum = 0, Maximum = 1024)]
    public int Threads { get; init; }

    /// <summary>Steps of the whole training and of an epoch, for data in which so many clips can start.</summary>
    public TrainingLength Length(long clips, int batch)
    {
        if (Steps > 0)
            return new TrainingLength(Steps, (double)Steps / Epochs);
        var epoch = StepsPerEpoch > 0 ? StepsPerEpoch : Math.Max(1, clips / batch);
        return new TrainingLength(epoch * Epochs, epoch);
    }
}

/// <summary>How long a training is.</summary>
/// <param name="Steps">Steps of the whole training.</param>
/// <param name="StepsPerEpoch">Steps of an epoch; a fraction when <c>run.steps</c> is no multiple of <c>run.epochs</c>.</param>
public readonly record struct TrainingLength(long Steps, double StepsPerEpoch);
