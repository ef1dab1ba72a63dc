using DoRA.Kernels.ObjectTracker;
using DoRA.Model;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>The settings in the words of the model.</summary>
public static class TrainingRecipe
{
    public static TrainingConfiguration Configuration(Settings settings) => new(
        Network(settings),
        settings.Method == Method.Dino ? TrainingMethod.Dino : TrainingMethod.Dora,
        (ulong)settings.Run.Seed)
    {
        Tracker = new(
            settings.Tracker.Objects,
            settings.Tracker.Masks switch { MaskSource.Tracked => Masking.Tracked, MaskSource.Random => Masking.Random, _ => Masking.Off },
            settings.Tracker.Sinkhorn,
            settings.Tracker.Iterations,
            (float)settings.Tracker.Epsilon),
        Fidelity = new()
        {
            SkipsFirstLocalView = settings.Fidelity.SkipFirstLocal,
            CarriesFrameLoss = settings.Fidelity.CarryObjectLoss,
            Threshold = settings.Fidelity.BatchThreshold ? MaskThreshold.PerBatch : MaskThreshold.PerImage,
            Mask = settings.Tracker.MaskKind == Pipeline.Configuration.MaskKind.Soft
                ? Kernels.ObjectTracker.MaskKind.Soft
                : Kernels.ObjectTracker.MaskKind.Hard,
            DrawsHeadsPerBatch = settings.Fidelity.SharedHeads,
        },
        StudentTemperature = (float)settings.Loss.StudentTemperature,
        CenterMomentum = (float)settings.Loss.CenterMomentum,
        ClipNorm = settings.Optimizer.Clip > 0 ? (float)settings.Optimizer.Clip : float.PositiveInfinity,
        Adam = ((float)settings.Optimizer.Beta1, (float)settings.Optimizer.Beta2, (float)settings.Optimizer.Epsilon),
    };

    private static NetworkConfiguration Network(Settings settings) => new(
        new(settings.Model.Width, settings.Model.Depth, settings.Model.Heads, settings.Model.Patch, settings.Model.ImageSize),
        new(settings.Head.Outputs, settings.Head.Hidden, settings.Head.Bottleneck, settings.Head.NormLastLayer),
        (float)settings.Model.DropPath,
        settings.Model.Initialisation == Initialisation.FanInUniform ? LinearInitialisation.UniformFanIn : LinearInitialisation.TruncatedNormal);
}
