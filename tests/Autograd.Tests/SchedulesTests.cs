using System.Text.RegularExpressions;
using DoRA.References;

namespace DoRA.Autograd.Tests;

public sealed partial class SchedulesTests
{
    /// <summary>
    /// Values in double, from the recipe that the manifest states. Libraries differ in the last places of a cosine, which the
    /// difference of the two ends scales: 1e-15 of the largest value allows some four units in the last place.
    /// </summary>
    [Test]
    [Category(Golden.Category)]
    public void Schedules_are_the_authors()
    {
        using GoldenFile golden = Golden.Open("schedules");
        Match stated = Recipe().Match(golden.Section.GetProperty("what").GetString()!);
        double[] recipe = [.. stated.Groups.Values.Skip(1).Select(group => double.Parse(group.Value))];
        int perEpoch = (int)recipe[1], steps = (int)recipe[0] * perEpoch;
        Check(
            golden,
            "lr",
            step => Schedules.CosineWithWarmup(step, steps, recipe[3] * recipe[4] / recipe[5], recipe[6], (int)recipe[2] * perEpoch));
        Check(golden, "weightDecay", step => Schedules.CosineWithWarmup(step, steps, recipe[7], recipe[8]));
        Check(golden, "teacherMomentum", step => Schedules.CosineWithWarmup(step, steps, recipe[9], recipe[10]));
        Check(golden, "teacherTemperature", epoch => Schedules.LinearThenConstant(epoch, (int)recipe[13], recipe[11], recipe[12]));
    }

    [Test]
    public void A_warm_up_of_one_step_is_its_start()
    {
        Assert.That(Schedules.CosineWithWarmup(0, 10, 2, 1, 1, 0.5), Is.EqualTo(0.5));
        Assert.That(Schedules.CosineWithWarmup(1, 10, 2, 1, 1, 0.5), Is.EqualTo(2));
    }

    [GeneratedRegex(
        @"epochs=(\d+), steps per epoch=(\d+), warm-up epochs (\d+) .*lr ([\d.e-]+)\*([\d.]+)/([\d.]+) -> ([\d.e-]+), "
        + @"weight decay ([\d.e-]+) -> ([\d.e-]+), momentum ([\d.e-]+) -> ([\d.e-]+); "
        + @"teacher temperature per epoch ([\d.e-]+) -> ([\d.e-]+) over (\d+) of")]
    private static partial Regex Recipe();

    private static void Check(GoldenFile golden, string tensor, Func<int, double> schedule)
    {
        double[] values = [.. Enumerable.Range(0, golden.Shape(tensor)[0]).Select(schedule)];
        GoldenComparison comparison = golden.Compare(tensor, values, 1e-15);
        Assert.That(comparison.Passes, comparison.ToString());
    }
}
