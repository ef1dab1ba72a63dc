using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Discovery;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

[Category(Golden.Category)]
public sealed class DiscoveryGoldenTests
{
    private const string File = "eval/discovery";

    private static IEnumerable<string> With(string prefix, string tensor)
    {
        using GoldenFile golden = Golden.Open(File);
        return [.. golden.Names.Where(
            name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith($"_{tensor}", StringComparison.Ordinal))
            .Select(name => name[..^(tensor.Length + 1)]).Where(name => !name.Contains('_', StringComparison.Ordinal))];
    }

    [TestCaseSource(nameof(With), ["i", "keys"])]
    public void Keys_and_attention_of_a_padded_picture_are_those_of_lost(string image)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        LastBlock block = PaddedPicture.Encode(encoder, golden.Planes($"{image}_image"));
        Assert.That((block.Rows, block.Columns), Is.EqualTo((golden.Integers($"{image}_dims")[0], golden.Integers($"{image}_dims")[1])));
        golden.Check($"{image}_keys", block.Keys, 5e-5);
        foreach (int head in Heads(golden, image))
        {
            golden.Check($"{image}_dinoseg{head}_attn", block.PatchAttention(head), 5e-6);
        }
    }

    [TestCaseSource(nameof(With), ["i", "keys"])]
    public void Lost_finds_what_the_authors_code_finds(string image)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        PatchMap map = Map(golden, image, encoder);
        float[] keys = golden.Floats($"{image}_keys");
        LostObject found = Lost.Find(encoder.Products(keys, keys, golden.Shape($"{image}_keys")[1]), map);
        golden.CheckExact($"{image}_degree", found.Degrees);
        golden.CheckExact($"{image}_potentials", found.Order.Take(golden.Shape($"{image}_potentials")[0]));
        golden.CheckExact($"{image}_seed", [found.Seed]);
        double[] votes = golden.Doubles($"{image}_M");
        Assert.That(found.Votes.Zip(votes).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * Math.Abs(pair.Second)), $"{image}: M");
        golden.Check($"{image}_box", Corners(found.Box), 0);
        golden.Check($"{image}_iou", Overlaps(golden, image, found.Box), 1e-6);
    }

    [TestCaseSource(nameof(With), ["i", "keys"])]
    public void Dino_seg_finds_what_the_authors_code_finds(string image)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        foreach (int head in Heads(golden, image))
        {
            string name = $"{image}_dinoseg{head}";
            (bool[] mask, Box box) = DinoSeg.Find(golden.Floats($"{name}_attn"), Map(golden, image, encoder));
            golden.CheckExact($"{name}_mask", mask.Select(value => value ? 1 : 0));
            golden.Check($"{name}_box", Corners(box), 0);
            golden.Check($"{name}_iou", Overlaps(golden, image, box), 1e-6);
        }
    }

    [TestCaseSource(nameof(With), ["tc", "keys"])]
    public void TokenCut_cuts_where_the_authors_code_cuts(string image)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        golden.Check($"{image}_keys", PaddedPicture.Encode(encoder, golden.Planes($"{image}_image")).Keys, 5e-5);
        int width = golden.Shape($"{image}_keys")[1];
        float[] keys = ClsFeatures.Normalize(golden.Floats($"{image}_keys"), width);
        TokenCutObject found = TokenCut.Find(encoder.Products(keys, keys, width), Map(golden, image, encoder));
        golden.Check($"{image}_degree", found.Degrees, 1e-9);
        golden.Check($"{image}_eigenvalues", found.Eigenvalues.Take(golden.Shape($"{image}_eigenvalues")[0]), 1e-8);
        golden.Check($"{image}_eigenvector", found.Eigenvector, 1e-6 * golden.Doubles($"{image}_eigenvector").Max(Math.Abs));
        golden.CheckExact($"{image}_bipartition", found.Foreground.Select(value => value ? 1 : 0));
        golden.CheckExact($"{image}_object_mask", found.Mask.Select(value => value ? 1 : 0));
        golden.CheckExact($"{image}_seed", [found.Seed]);
        golden.Check($"{image}_box", Corners(found.Box), 0);
        golden.Check($"{image}_iou", Overlaps(golden, image, found.Box), 1e-6);
    }

    [TestCaseSource(nameof(With), ["syn", "feats"])]
    public void Ties_of_lost_go_to_the_lower_index(string made)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int[] parameters = golden.Integers($"{made}_params");
        float[] features = golden.Floats($"{made}_feats");
        LostObject found = Lost.Find(
            encoder.Products(features, features, golden.Shape($"{made}_feats")[1]),
            new(parameters[0], parameters[1], encoder.Configuration.Patch, parameters[4], parameters[3]), parameters[2]);
        golden.CheckExact($"{made}_degree", found.Degrees);
        golden.CheckExact($"{made}_order", found.Order);
        golden.CheckExact($"{made}_seed", [found.Seed]);
        golden.Check($"{made}_box", Corners(found.Box), 0);
    }

    [TestCaseSource(nameof(With), ["dsq", "attn"])]
    public void Odd_components_of_dino_seg_are_as_released(string made)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int[] shape = golden.Shape($"{made}_attn");
        (bool[] mask, Box box) = DinoSeg.Find(
            golden.Floats($"{made}_attn"),
                new(shape[0], shape[1], encoder.Configuration.Patch, shape[1] * encoder.Configuration.Patch,
                    shape[0] * encoder.Configuration.Patch));
        golden.CheckExact($"{made}_mask", mask.Select(value => value ? 1 : 0));
        golden.CheckExact($"{made}_labels", Components.Label(mask, shape[1]));
        golden.Check($"{made}_box", Corners(box), 0);
    }

    private static PatchMap Map(GoldenFile golden, string image, FrozenEncoder encoder)
    {
        int[] dims = golden.Integers($"{image}_dims"), size = golden.Integers($"{image}_size");
        return new(dims[0], dims[1], encoder.Configuration.Patch, size[2], size[1]);
    }

    private static IEnumerable<int> Heads(GoldenFile golden, string image) => golden.Names
        .Where(name => name.StartsWith($"{image}_dinoseg", StringComparison.Ordinal) && name.EndsWith("_attn", StringComparison.Ordinal))
        .Select(name => int.Parse(name[$"{image}_dinoseg".Length..^"_attn".Length]));

    private static double[] Corners(Box box) => [box.X, box.Y, box.Right, box.Bottom];

    private static IEnumerable<double> Overlaps(GoldenFile golden, string image, Box box) =>
        golden.Doubles($"{image}_gt").Chunk(4).Select(gt => box.Iou(Box.Between(gt[0], gt[1], gt[2], gt[3])));
}
