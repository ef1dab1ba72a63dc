using DoRA.Autograd;

namespace DoRA.Model.Tests;

/// <summary>A bad value is planted, and the step is asked where the first one arose.</summary>
public sealed class FindNonFiniteTests
{
    [TestCase("backbone.patch_embed.proj.weight", float.NaN, "parameter backbone.patch_embed.proj.weight itself, which PatchEmbedding")]
    [TestCase("backbone.blocks.0.attn.qkv.weight", float.NaN, "parameter backbone.blocks.0.attn.qkv.weight itself, which Linear")]
    [TestCase("backbone.blocks.2.mlp.fc2.bias", float.PositiveInfinity, "parameter backbone.blocks.2.mlp.fc2.bias itself")]
    [TestCase("backbone.norm.weight", float.NaN, "parameter backbone.norm.weight itself, which LayerNorm")]
    [TestCase("head.mlp.2.weight", float.NaN, "parameter head.mlp.2.weight itself")]
    [TestCase("head.last_layer.weight_v", float.NaN, "parameter head.last_layer.weight_v itself, which WeightNorm")]
    [TestCase("backbone.blocks.1.mlp.fc1.weight", 3e38f, "Linear (backbone.blocks.1.mlp.fc1) of the")]
    [TestCase("head.mlp.0.weight", 3e38f, "Linear (head.mlp.0) of the")]
    public void The_layer_is_named(string parameter, float value, string expected)
    {
        foreach (bool isTeacher in new[] { false, true })
        {
            using TrainingScene scene = new();
            using StudentTeacher training = scene.Training();
            TrainingBatch batch = scene.Batch(0);
            StepSettings settings = TrainingScene.Settings(0);
            ParameterStore store = (isTeacher ? training.Teacher : training.Student).Parameters;
            Assert.That(training.FindNonFinite(batch, settings), Is.Null, "before");
            scene.Device.Upload<float>(store[parameter].Data, [.. Enumerable.Repeat(value, (int)store[parameter].Length)]);

            StepResult result = training.Step(batch, settings);
            Assert.That(float.IsFinite(result.ReadLoss()), Is.False);

            string? found = training.FindNonFinite(batch, settings);
            Assert.That(found, Does.Contain(expected).And.Contain(isTeacher ? "teacher" : "student"));
        }
    }

    [Test]
    public void A_value_that_arises_on_the_way_back_is_named()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training();

        // A tiny length makes logits of nothing, but gradients of the directions are divided by it: finite forward, not backward.
        Parameter directions = training.Student.Parameters["head.last_layer.weight_v"];
        scene.Device.Upload<float>(directions.Data, [.. Enumerable.Range(0, (int)directions.Length).Select(i => 1e-30f * (1 + (i % 7)))]);

        StepResult result = training.Step(scene.Batch(0), TrainingScene.Settings(0));
        string? found = training.FindNonFinite(scene.Batch(0), TrainingScene.Settings(0));

        Assert.That(found, float.IsFinite(result.ReadLoss()) ? Does.Contain("backward") : Does.Contain("WeightNorm"));
    }

    [Test]
    public void Taking_a_step_again_changes_nothing()
    {
        using TrainingScene scene = new();
        using StudentTeacher training = scene.Training();
        training.Step(scene.Batch(0), TrainingScene.Settings(0)).ReadLoss();
        float[] weights = scene.Device.Read(training.Student.Parameters.Weights), center = scene.Device.Read(training.Center);

        training.FindNonFinite(scene.Batch(1), TrainingScene.Settings(1));

        Assert.That(scene.Device.Read(training.Student.Parameters.Weights), Is.EqualTo(weights));
        Assert.That(scene.Device.Read(training.Center), Is.EqualTo(center));
    }
}
