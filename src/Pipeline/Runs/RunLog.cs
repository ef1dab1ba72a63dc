using System.Text;
using System.Text.Json;

namespace DoRA.Pipeline.Runs;

/// <summary><c>log.jsonl</c>: a line a step, whole lines only, in the order of the steps.</summary>
public sealed class RunLog : IDisposable
{
    private readonly StreamWriter _writer;

    /// <param name="path">The file; made when missing.</param>
    /// <param name="stepsDone">Lines of later steps are dropped: a run that was killed had gone on past its last checkpoint.</param>
    public RunLog(string path, int stepsDone)
    {
        if (File.Exists(path))
        {
            string[] kept = [.. Read(path).Where(record => record.Step <= stepsDone).Select(record => record.ToJson())];
            File.WriteAllLines(path + ".tmp", kept);
            File.Move(path + ".tmp", path, overwrite: true);
        }

        _writer = new(path, append: true, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
    }

    public void Add(StepRecord record) => _writer.WriteLine(record.ToJson());

    /// <summary>Every step in the file; a last line that was cut off when its process died is left out.</summary>
    public static IEnumerable<StepRecord> Read(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            StepRecord record;
            try
            {
                record = StepRecord.FromJson(line);
            }
            catch (JsonException)
            {
                yield break;
            }

            yield return record;
        }
    }

    public void Dispose() => _writer.Dispose();
}
