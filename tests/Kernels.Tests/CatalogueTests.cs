using System.Reflection;

namespace DoRA.Kernels.Tests;

/// <summary>Every operation has its siblings, found by their names among the source files.</summary>
public sealed class CatalogueTests
{
    /// <summary>Operations that pass no gradient on; what differentiable ones pass goes through a tape op.</summary>
    private static readonly string[] WithoutGradient = ["AdamW", "Augment", "ObjectTracker", "Sinkhorn", "StochasticDepth"];

    private static IEnumerable<string> Operations => typeof(KernelCatalogue).GetProperties().Select(property => property.Name);

    [TestCaseSource(nameof(Operations))]
    public void Every_operation_has_engine_reference_tests_benchmark_and_tape_op(string operation)
    {
        List<string> siblings =
        [
            $"src/Kernels/{operation}/{operation}Kernels.cs",
            $"src/Kernels/{operation}/Cpu{operation}.cs",
            $"src/Kernels/{operation}/Cuda{operation}.cs",
            $"tests/References/{operation}Reference.cs",
            $"tests/Kernels.Tests/{operation}*Tests.cs",
            $"tests/Kernels.Tests/Cuda/{operation}CudaTests.cs",
            $"perf/{operation}Benchmark.cs",
        ];
        if (!WithoutGradient.Contains(operation))
        {
            siblings.Add($"src/Autograd/Ops/{operation}Op.cs");
        }

        string[] missing = [.. siblings.Where(sibling => !Exists(sibling))];
        Assert.That(missing, Is.Empty, $"{operation} lacks {string.Join(", ", missing)}");
    }

    [TestCaseSource(nameof(Operations))]
    public void The_contract_says_whether_there_is_a_gradient(string operation)
    {
        Type contract = typeof(KernelCatalogue).GetProperty(operation)!.PropertyType;
        MethodInfo[] backward = [.. contract.GetMethods().Where(method => method.Name.StartsWith("Backward", StringComparison.Ordinal))];
        // The loss makes its gradient in the forward sweep.
        bool differentiable = backward.Length > 0 || operation == "DinoLoss";
        Assert.That(WithoutGradient.Contains(operation), Is.Not.EqualTo(differentiable), operation);
    }

    [Test]
    public void The_engine_is_the_class_of_the_operation_s_name()
    {
        using CpuDevice device = new(1);
        foreach (PropertyInfo property in typeof(KernelCatalogue).GetProperties())
        {
            Assert.That(property.GetValue(device.Kernels)!.GetType().Name.Split('`')[0], Is.EqualTo($"Cpu{property.Name}"));
        }
    }

    /// <summary>True for a file of that name in the folder or one inside it.</summary>
    private static bool Exists(string sibling)
    {
        string folder = Path.Combine(Root, Path.GetDirectoryName(sibling)!);
        return Directory.Exists(folder) && Directory.EnumerateFiles(folder, Path.GetFileName(sibling), SearchOption.AllDirectories).Any();
    }

    private static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DoRA.sln")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new DirectoryNotFoundException($"No DoRA.sln above {AppContext.BaseDirectory}.");
        }
    }
}
