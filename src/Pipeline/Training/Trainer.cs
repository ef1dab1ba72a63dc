using System.Diagnostics;
using DoRA.Model;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Training;

/// <summary>The training loop.</summary>
/// <param name="data">Gives the views of each step's clips; begun at the step that comes first.</param>
/// <param name="save">Writes a checkpoint of the steps done; the flag asks to keep it for good.</param>
/// <param name="stepsDone">Steps that an earlier call did.</param>
/// <param name="explain">Told how many steps were done before one whose loss or gradient was no finite number; says why, in sentences.</param>
public sealed class Trainer(
    StudentTeacher model, Settings settings, TrainingSchedule schedule, TrainingData data, Action<int, bool> save, int stepsDone = 0,
    Func<int, string>? explain = null)
{
    /// <summary>Results of the last steps that were not looked at yet.</summary>
    private readonly List<StepResult> _unread = [];

    public int StepsDone { get; private set; } = stepsDone;

    /// <summary>True after the steps whose checkpoint is kept for good.</summary>
    private bool IsKept => settings.Checkpoint.Every > 0 && StepsDone % settings.Checkpoint.Every == 0;

    private bool IsWatched => settings.Watch.Every > 0 && StepsDone % settings.Watch.Every == 0;

    /// <summary>Trains to the last step, or until it is asked to stop; in both cases the state is saved.</summary>
    /// <param name="report">Told of every step that is logged.</param>
    /// <param name="warn">Told when a checkpoint could not be written; training goes on and the next one is tried.</param>
    /// <exception cref="TrainingException">The loss or its gradient is no finite number.</exception>
    /// <exception cref="CheckpointWriteException">The last checkpoint could not be written.</exception>
    public void Run(Action<StepRecord> report, Action<string> warn, CancellationToken interruption)
    {
        while (StepsDone < schedule.Steps && !interruption.IsCancellationRequested)
        {
            Stopwatch clock = Stopwatch.StartNew();
            TimeSpan waitedBefore = data.Waited;

            // This step's rate, decay, momentum and temperature.
            StepSettings values = schedule.At(StepsDone);

            // The views of its clips, which other threads have prepared.
            TrainingBatch batch = data.Take();

            // Teacher, tracking, masks, student, loss, gradients, AdamW, moving average, center.
            StepResult result = model.Step(batch, values);
            _unread.Add(result);
            StepsDone++;
            bool last = StepsDone == schedule.Steps, keeps = !last && IsKept;

            // The next step's frames are on their way while a card works on this one.
            if (!last)
            {
                data.UploadAhead();
            }

            // What it came to. Asking waits for the step; between logged steps nothing does.
            if (last || IsWatched || StepsDone % settings.Log.Every == 0)
            {
                (double loss, double gradientNorm) = ReadFinite();
                StepRecord record = new(
                    StepsDone, loss, values.LearningRate, values.WeightDecay, values.TeacherMomentum, gradientNorm,
                    batch.Clips / clock.Elapsed.TotalSeconds, (data.Waited - waitedBefore) / clock.Elapsed, Environment.WorkingSet);
                report(IsWatched
                    ? record with { Teacher = TeacherSigns.Measure(result, values.TeacherTemperature, settings.Tracker.Objects) }
                    : record);
            }

            // The state, now and then; what is saved was looked at before.
            if (keeps || _unread.Count == StudentTeacher.LossesKept)
            {
                ReadFinite();
            }

            if (keeps)
            {
                TrySave(warn);
            }
        }

        ReadFinite();
        save(StepsDone, IsKept);
    }

    private void TrySave(Action<string> warn)
    {
        try
        {
            save(StepsDone, true);
        }
        catch (CheckpointWriteException error)
        {
            warn(error.Message);
        }
    }

    /// <summary>The last step's loss and its gradient's norm; stops the run where they, or an earlier loss, are no numbers.</summary>
    private (double Loss, double GradientNorm) ReadFinite()
    {
        (double loss, double gradientNorm) = (0, 0);
        for (int i = 0; i < _unread.Count; i++)
        {
            int step = StepsDone - _unread.Count + i;
            loss = _unread[i].ReadLoss();
            gradientNorm = step == StepsDone - 1 ? Math.Sqrt(_unread[i].ReadGradientNorms().Sum(norm => (double)norm * norm)) : 0;
            if (!double.IsFinite(loss + gradientNorm))
            {
                throw new TrainingException(
                    $"The loss of step {step + 1} is {loss} and its gradient's norm {gradientNorm}, so training stopped there; "
                    + $"the last checkpoint is from before. {explain?.Invoke(step)} A lower optimizer.learningRate is the first thing to try.");
            }
        }

        _unread.Clear();
        return (loss, gradientNorm);
    }
}
