using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Tests.Training;

public class TrainingScheduleTests
{
    [Test]
    public void The_papers_recipe_has_its_known_values()
    {
        Settings settings = SettingsResolver.Resolve(assignments: ["preset=paper", "data.batch=128"]).Settings;
        TrainingSchedule schedule = new(settings, new(100_000, 1000));

        Assert.That(schedule.At(0).LearningRate, Is.Zero);
        Assert.That(schedule.At(10_000).LearningRate, Is.EqualTo(2.5e-4f), "5e-4 · 128/256 after 10 epochs");
        Assert.That(schedule.At(99_999).LearningRate, Is.EqualTo(1e-5f).Within(1e-8f));
        Assert.That((schedule.At(0).WeightDecay, schedule.At(99_999).WeightDecay), Is.EqualTo((0.04f, 0.4f)).Within(1e-6f));
        Assert.That((schedule.At(0).TeacherMomentum, schedule.At(99_999).TeacherMomentum), Is.EqualTo((0.996f, 1f)).Within(1e-6f));
        Assert.That(schedule.At(50_000).TeacherTemperature, Is.EqualTo(0.04f));
        Assert.That((schedule.At(999).FreezesLastLayer, schedule.At(1000).FreezesLastLayer), Is.EqualTo((true, false)));
    }

    [Test]
    public void Dinos_teacher_warms_up_by_epochs()
    {
        Settings settings = SettingsResolver.Resolve(assignments: ["method=dino", "run.epochs=100"]).Settings;
        TrainingSchedule schedule = new(settings, new(1000, 10));

        Assert.That(schedule.At(9).TeacherTemperature, Is.EqualTo(0.04f));
        Assert.That(schedule.At(299).TeacherTemperature, Is.EqualTo(0.07f));
        Assert.That(schedule.At(150).TeacherTemperature, Is.InRange(0.054f, 0.056f));
    }
}
