using DoRA.References;

namespace DoRA.Model.Tests.Files;

[Category(Golden.Category)]
public class GoldenTests
{
    [Test]
    public void Every_file_opens_and_its_manifest_names_the_shapes_it_holds()
    {
        var files = Directory.GetFiles(Path.Combine(Golden.Folder, "core"), "*.safetensors");
        Assert.That(files, Is.Not.Empty);
        foreach (var path in files)
        {
            using var file = Golden.Open(Path.GetFileNameWithoutExtension(path));
            foreach (var name in file.Names)
            {
                Assert.That(file.Doubles(name), Has.Length.EqualTo(file.Shape(name).Aggregate(1, (product, size) => product * size)), name);
                if (file.Section.ValueKind == System.Text.Json.JsonValueKind.Object
                    && file.Section.TryGetProperty("shapes", out var shapes) && shapes.TryGetProperty(name, out var shape))
                {
                    Assert.That(file.Shape(name), Is.EqualTo(shape.EnumerateArray().Select(size => size.GetInt32())), name);
                }
            }
        }
    }

    [Test]
    public void A_tensor_equals_itself_and_zeros_never_pass()
    {
        using var file = Golden.Open("vit_small");
        foreach (var name in file.Names)
        {
            var values = file.Doubles(name);
            Assert.That(file.Measure(name, values).Error, Is.Zero);
            Assert.That(file.Measure(name, new double[values.Length]).Passes, Is.False, name);
        }
    }

    [Test]
    public void A_difference_beyond_the_tolerance_and_a_NaN_fail()
    {
        using var file = Golden.Open("vit_small");
        var name = file.Names.First(candidate => file.RelativeTolerance(candidate) > 0);
        var values = file.Doubles(name);
        values[0] += 1.01 * file.Tolerance(name);
        Assert.That(file.Measure(name, values).Passes, Is.False);
        Assert.That(file.Measure(name, values, tolerance: 1.02 * file.RelativeTolerance(name)).Passes);
        values[0] = double.NaN;
        Assert.That(file.Measure(name, values).Passes, Is.False);
        Assert.That(file.Measure(name, values, ignore: index => index == 0).Error, Is.Zero);
    }
}
