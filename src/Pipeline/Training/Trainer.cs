using System.Diagnostics;
using DoRA.Model;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Training;

/// <summary>The training loop.</summary>
/// <param name="takeBatch">The views of the next step's clips; waits until they are there.</param>
/// <param name="save">Writes a checkpoint of the steps done; the flag asks to keep it for good.</param>
/// <param name="stepsDone">Steps that an earlier call did.</param>
public sealed class Trainer(
    StudentTeacher model, Settings settings, TrainingSchedule schedule, Func<TrainingBatch> takeBatch, Action<int, bool> save, int stepsDone = 0)
{
    public int StepsDone { get; private set; } = stepsDone;

    /// <summary>True after the steps whose checkpoint is kept for good.</summary>
    private bool IsKept => settings.Checkpoint.Every > 0 && StepsDone % settings.Checkpoint.Every == 0;

    /// <summary>Trains to the last step, or until it is asked to stop; in both cases the state is saved.</summary>
    /// <param name="report">Told of every step that is logged.</param>
    /// <param name="warn">Told when a checkpoint could not be written; training goes on and the next one is tried.</param>
    /// <exception cref="TrainingException">The loss or its gradient is no finite number.</exception>
    /// <exception cref="CheckpointWriteException">The last checkpoint could not be written.</exception>
    public void Run(Action<StepRecord> report, Action<string> warn, CancellationToken interruption)
    {
        StepResult? result = null;
        while (StepsDone < schedule.Steps && !interruption.IsCancellationRequested)
        {
            Stopwatch clock = Stopwatch.StartNew();

            // This step's rate, decay, momentum and temperature.
            StepSettings values = schedule.At(StepsDone);

            // The views of its clips, which other threads have prepared.
            TrainingBatch batch = takeBatch();
            TimeSpan waited = clock.Elapsed;

            // Teacher, tracking, masks, student, loss, gradients, AdamW, moving average, center.
            result = model.Step(batch, values);
            StepsDone++;

            // What it came to. Asking waits for the step; between logged steps nothing does.
            bool last = StepsDone == schedule.Steps, keeps = !last && IsKept;
            if (last || StepsDone % settings.Log.Every == 0)
            {
                (double loss, double gradientNorm) = ReadFinite(result);
                report(new(
                    StepsDone, loss, values.LearningRate, values.WeightDecay, values.TeacherMomentum, gradientNorm,
                    batch.Clips / clock.Elapsed.TotalSeconds, waited / clock.Elapsed, Environment.WorkingSet));
            }

            // The state, now and then; what is saved was looked at before.
            if (keeps)
            {
                ReadFinite(result);
                TrySave(warn);
            }
        }

        if (result is not null)
        {
            ReadFinite(result);
        }

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

    /// <summary>The last step's loss and its gradient's norm; stops the run where they are no numbers.</summary>
    private (double Loss, double GradientNorm) ReadFinite(StepResult result)
    {
        double loss = result.ReadLoss(), gradientNorm = Math.Sqrt(result.ReadGradientNorms().Sum(norm => (double)norm * norm));
        if (double.IsFinite(loss + gradientNorm))
        {
            return (loss, gradientNorm);
        }

        throw new TrainingException(
            $"The loss of step {StepsDone} is {loss} and its gradient's norm {gradientNorm}, so training stopped there; "
            + "the last checkpoint is from before. A lower optimizer.learningRate is the first thing to try.");
    }
}
