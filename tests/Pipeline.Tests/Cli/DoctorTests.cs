using System.Text.Json;
using DoRA.Kernels;
using DoRA.Pipeline.Doctor;

namespace DoRA.Pipeline.Tests.Cli;

public class DoctorTests
{
    [Test]
    public void Finds_this_machine_well_and_says_that_CUDA_was_not_checked()
    {
        CommandResult result = CommandResult.Of("doctor", "--device", "cpu", "--json");
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.That(result.ExitCode, Is.Zero, result.Output);
        Assert.That(report.GetProperty("faults").GetArrayLength(), Is.Zero);
        Assert.That(report.GetProperty("machine").GetProperty("noCard").GetString(), Does.Contain("no card was looked for"));
        Assert.That(report.GetProperty("machine").GetProperty("fFmpeg").GetString(), Does.Contain("libavformat"));
        Assert.That(report.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("seconds").GetDouble()), Is.All.Positive);
    }

    /// <summary>A check that compares nothing would never fail.</summary>
    [Test]
    public void A_wrong_result_is_found_and_so_is_one_that_is_no_number([Values(1.001f, float.NaN)] float factor)
    {
        using CpuDevice device = new(1);
        OperationCheck check = new("a copy", "64", memory =>
        {
            DeviceSpan x = memory.Floats([.. Enumerable.Range(1, 64).Select(i => i * factor)]), y = memory.EmptyFloats(64);
            return new(() => device.Copy(y, x), y);
        })
        {
            Words = 128,
            Truth = i => i + 1,
        };
        OperationCheck right = check with { Truth = i => (i + 1) * factor };
        CheckResult[] results = [.. OperationDoctor.Run(device, [check, right], 0)];
        Assert.That(results[0].IsRight, Is.False);
        Assert.That(results[1].IsRight, Is.EqualTo(!float.IsNaN(factor)));
    }

    [Test]
    public void Every_operation_of_the_catalogue_is_checked()
    {
        string[] words = [.. OperationCheck.All.Select(check => check.Name.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant())];
        Dictionary<string, string> otherwise = new()
        {
            ["DinoLoss"] = "LOSS", ["L2Normalize"] = "L2NORM", ["ObjectTracker"] = "TRACKER",
        };
        foreach (string operation in typeof(KernelCatalogue).GetProperties().Select(property => property.Name))
        {
            string word = otherwise.GetValueOrDefault(operation, operation.ToUpperInvariant());
            Assert.That(words.Any(name => name.StartsWith(word, StringComparison.Ordinal)), operation);
        }
    }
}
