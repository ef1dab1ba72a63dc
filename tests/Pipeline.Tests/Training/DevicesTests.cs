using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Tests.Training;

/// <summary>Which device a command gets, on a machine with a card and on one without.</summary>
public class DevicesTests
{
    private static readonly NoCardException Missing = new("There is no card here", "buy one");

    [Test]
    public void Auto_takes_the_card_where_there_is_one()
    {
        List<string> said = [];
        (int Card, ElementType Activations)? opened = null;
        using Device device = Devices.Open(new() { Precision = Precision.Bf16 }, said.Add, (card, activations) =>
        {
            opened = (card, activations);
            return new CpuDevice(1);
        });
        Assert.That(opened, Is.EqualTo((0, ElementType.BFloat16)));
        Assert.That(said, Has.Count.EqualTo(1).And.Some.StartsWith("Computing on the card"));
    }

    [Test]
    public void Auto_takes_the_CPU_where_there_is_none_and_says_why_in_one_line()
    {
        List<string> said = [];
        using Device device = Devices.Open(new() { Threads = 2 }, said.Add, (_, _) => throw Missing);
        Assert.That(device, Is.TypeOf<CpuDevice>());
        Assert.That(said, Is.EqualTo(["There is no card here: computing on the CPU, 2 threads."]));
    }

    [Test]
    public void A_number_chooses_the_card()
    {
        int? opened = null;
        using Device device = Devices.Open(new() { Device = "cuda:3" }, _ => { }, (card, _) =>
        {
            opened = card;
            return new CpuDevice(1);
        });
        Assert.That(opened, Is.EqualTo(3));
    }

    [Test]
    public void A_card_that_was_asked_for_and_is_missing_is_no_reason_to_take_the_CPU() => Assert.That(
        () => Devices.Open(new() { Device = "cuda" }, _ => { }, (_, _) => throw Missing),
        Throws.InstanceOf<UserException>().With.Message.EqualTo("There is no card here; buy one, or take --device cpu."));

    [TestCase("cpu", "fp32")]
    [TestCase("auto", "There is no card here")]
    public void Bf16_is_not_the_CPU_s(string device, string said) => Assert.That(
        () => Devices.Open(new() { Device = device, Precision = Precision.Bf16 }, _ => { }, (_, _) => throw Missing),
        Throws.InstanceOf<UserException>().With.Message.Contains("bf16").And.Message.Contains(said));
}
