using System.Diagnostics;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Training;

/// <summary>How fast a training would go if its data were there.</summary>
internal static class TrainingSpeed
{
    private const int Steps = 2;

    /// <summary>From steps of one clip of noise on a network of its own, the fastest; a whole batch is a little faster for each clip.</summary>
    public static double ClipsPerSecond(Device device, Settings settings)
    {
        ViewRules views = ViewRules.Of(settings);
        TrainingSchedule schedule = new(settings, settings.Run.Length(clips: settings.Data.Batch, settings.Data.Batch));
        using StudentTeacher model = new(device, TrainingRecipe.Configuration(settings));
        using DeviceBatch batch = new(device, views, clips: 1, settings.Data.Frames);
        TrainingBatch noise = batch.UploadNoise(new Random(0));
        double fastest = double.PositiveInfinity;
        for (int step = 0; step < Steps; step++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            model.Step(noise, schedule.At(0)).ReadLoss();
            fastest = Math.Min(fastest, clock.Elapsed.TotalSeconds);
        }

        return 1 / fastest;
    }
}
