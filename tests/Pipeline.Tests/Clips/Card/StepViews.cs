using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips.Card;

/// <summary>What a training on a device gets for a step.</summary>
internal sealed record StepViews(float[] Globals, float[] Locals, ClipTimes[] Clips, int DamagedClips)
{
    /// <summary>Steps as a training takes them, which asks for nothing back before the end: views are read by work that is queued.</summary>
    public static List<StepViews> Take(
        Device device, IClipSource source, ViewRules views, ClipLoaderSettings settings, int steps, long budget = ViewMaker.UsualBudget)
    {
        using ClipLoader loader = new(source, views, settings, device);
        using DeviceBatch batch = new(device, views, settings.Clips, settings.Frames, budget);
        List<(DeviceSpan Globals, DeviceSpan Locals, ClipTimes[] Clips, int Damaged)> kept = [];
        for (int step = 0; step < steps; step++)
        {
            ClipBatch clips = loader.Next();
            TrainingBatch filled = batch.Fill(clips);
            kept.Add((Copy(filled.Globals.Pixels), Copy(filled.Locals.Pixels), [.. clips.Clips], clips.DamagedClips));
        }

        return [.. kept.Select(step => new StepViews(Download(step.Globals), Download(step.Locals), step.Clips, step.Damaged))];

        DeviceSpan Copy(DeviceSpan span)
        {
            DeviceSpan copy = device.Allocate(span.Length, span.Type);
            if (span.Length > 0)
            {
                device.Copy(copy, span);
            }

            return copy;
        }

        float[] Download(DeviceSpan span)
        {
            float[] values = new float[span.Length];
            device.Download<float>(values, span);
            span.Buffer.Dispose();
            return values;
        }
    }
}
