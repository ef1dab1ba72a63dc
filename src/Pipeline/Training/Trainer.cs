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

    /// <summary>Trains to the last step, or until it is asked to stop; in both cases the state is saved.</summary>
    /// <param name="report">Told of every step that is logged.</param>
    /// <param name="warn">Told when a checkpoint could not be written; training goes on and the next one is tried.</param>
    /// <exception cref="TrainingException">The loss is no finite number.</exception>
    /// <exception cref="CheckpointWriteException">The last checkpoint could not be written.</exception>
    public void Run(Action<StepRecord> report, Action<string> warn, CancellationToken interruption)
    {
        while (StepsDone < schedule.Steps && !interruption.IsCancellationRequested)
        {
            Stopwatch clock = Stopwatch.StartNew();

            // This step's rate, decay, momentum and temperature.
            StepSettings values = schedule.At(StepsDone);

            // The views of its clips, which other threads have prepared.
            TrainingBatch batch = takeBatch();
            TimeSpan waited = clock.Elapsed;

            // Teacher, tracking, masks, student, loss, gradients, AdamW, moving average, center.
            StepResult result = model.Step(batch, values);
            StepsDone++;

            // What it came to. Asking waits for the step; between logged steps nothing does.
            bool last = StepsDone == schedule.Steps;
            if (last || StepsDone % settings.Log.Every == 0)
            {
                double loss = result.ReadLoss(), gradientNorm = Norm(result.ReadGradientNorms());
                StopUnlessFinite(loss);
                report(new(
                    StepsDone, loss, values.LearningRate, values.WeightDecay, values.TeacherMomentum, gradientNorm,
                    batch.Clips / clock.Elapsed.TotalSeconds, waited / clock.Elapsed, Environment.WorkingSet));
            }

            // The state, now and then.
            if (!last && settings.Checkpoint.Every > 0 && StepsDone % settings.Checkpoint.Every == 0)
            {
                TrySave(warn);
            }
        }

        save(StepsDone, settings.Checkpoint.Every > 0 && StepsDone % settings.Checkpoint.Every == 0);
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

    private void StopUnlessFinite(double loss)
    {
        if (!double.IsFinite(loss))
        {
            throw new TrainingException(
                $"The loss of step {StepsDone} is {loss}, so training stopped there; the last checkpoint is from before. "
                + "A lower optimizer.learningRate is the first thing to try.");
        }
    }

    private static double Norm(float[] norms) => Math.Sqrt(norms.Sum(norm => (double)norm * norm));
}
