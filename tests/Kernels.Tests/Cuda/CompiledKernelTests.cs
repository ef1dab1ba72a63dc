using System.Reflection;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What the text of every kernel of the engine promises.</summary>
public sealed class CompiledKernelTests
{
    private static IEnumerable<string> Operations => typeof(KernelCatalogue).GetProperties().Select(property => property.Name);

    [TestCaseSource(nameof(Operations))]
    public void No_kernel_needs_local_memory_atomics_or_a_newer_card_than_promised(string operation)
    {
        using CudaBench bench = CudaBench.OnMachine(new());
        object engine = typeof(KernelCatalogue).GetProperty(operation)!.GetValue(bench.Device.Kernels)!;
        FieldInfo[] fields = engine.GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Instance);
        CudaKernel[] kernels = [.. fields.Select(field => field.GetValue(engine)).OfType<CudaKernel>()];
        Assert.That(kernels, Is.Not.Empty);
        foreach (CudaKernel kernel in kernels)
        {
            string text = kernel.Compile().Ptx;
            Assert.That(text, Does.Not.Contain(".local"), $"{kernel.Name}: an array or struct that fits no register");
            Assert.That(text, Does.Not.Match(@"\b(atom|red)\."), $"{kernel.Name}: sums that depend on the order of groups");
            Assert.That(text, Does.Contain(".target sm_80"), kernel.Name);
        }
    }
}
