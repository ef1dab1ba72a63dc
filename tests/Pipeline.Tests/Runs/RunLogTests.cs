using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Tests.Runs;

public class RunLogTests
{
    [Test]
    public void A_resumed_log_drops_the_steps_after_the_checkpoint()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("log.jsonl");
        using (RunLog log = new(path, 0))
        {
            foreach (int step in Enumerable.Range(1, 5))
            {
                log.Add(Record(step, loss: step));
            }
        }

        File.AppendAllText(path, "{\"step\":6,\"lo");
        using (RunLog log = new(path, 3))
        {
            log.Add(Record(4, loss: 40));
        }

        Assert.That(RunLog.Read(path).Select(record => (record.Step, record.Loss)), Is.EqualTo(new[] { (1, 1.0), (2, 2), (3, 3), (4, 40) }));
    }

    [Test]
    public void A_line_names_what_a_reader_looks_for()
    {
        string line = Record(1, double.NaN).ToJson();
        foreach (string name in new[] { "step", "loss", "learningRate", "gradientNorm", "clipsPerSecond", "dataWait" })
        {
            Assert.That(line, Does.Contain($"\"{name}\":"));
        }

        Assert.That(StepRecord.FromJson(line).Loss, Is.NaN);
    }

    private static StepRecord Record(int step, double loss) => new(step, loss, 5e-4, 0.04, 0.996, 3, 12, 0.1, 1 << 20);
}
