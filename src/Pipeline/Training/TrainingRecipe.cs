using DoRA.Kernels.Augment;
using DoRA.Kernels.ObjectTracker;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>The settings in the words of the model and of the augmentation.</summary>
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

    public static Augment.ViewSettings Views(Settings settings)
    {
        Configuration.ViewSettings views = settings.Views;
        DrawRange globalScale = Range(views.GlobalScale), localScale = Range(views.LocalScale);
        bool dino = settings.Method == Method.Dino;
        ResizeFilter filter = dino ? ResizeFilter.Bicubic : ResizeFilter.Bilinear;
        ViewStyle first = new(views.GlobalSize, globalScale, filter, (float)views.GlobalBlur);
        ViewStyle second = dino
            ? first with { BlurProbability = (float)views.SecondGlobalBlur, SolarizeProbability = (float)views.SecondGlobalSolarise }
            : first;
        return new()
        {
            ClipSize = dino ? 0 : views.ClipCrop,
            ClipScale = Range(views.ClipScale),
            // Without masks, student and teacher each see a crop of their own.
            Globals = dino || settings.Tracker.Masks == MaskSource.None ? [first, second] : [first],
            GlobalBoxPerFrame = dino,
            Local = new(views.LocalSize, localScale, ResizeFilter.Bicubic, (float)views.LocalBlur),
            LocalViews = views.LocalCount,
            FlipProbability = (float)views.Flip,
            JitterProbability = (float)views.Jitter,
            Brightness = (float)views.Brightness,
            Contrast = (float)views.Contrast,
            Saturation = (float)views.Saturation,
            Hue = (float)views.Hue,
            GrayscaleProbability = (float)views.Grayscale,
            BlurRadius = Range(views.BlurRadius),
        };
    }

    private static NetworkConfiguration Network(Settings settings) => new(
        new(settings.Model.Width, settings.Model.Depth, settings.Model.Heads, settings.Model.Patch, settings.Model.ImageSize),
        new(settings.Head.Outputs, settings.Head.Hidden, settings.Head.Bottleneck, settings.Head.NormLastLayer),
        (float)settings.Model.DropPath,
        settings.Model.Initialisation == Initialisation.FanInUniform ? LinearInitialisation.UniformFanIn : LinearInitialisation.TruncatedNormal);

    private static DrawRange Range(Interval interval) => new((float)interval.Minimum, (float)interval.Maximum);
}
