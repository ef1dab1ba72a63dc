using System.Reflection;
using DoRA.Kernels.Attention;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What the text of every kernel of the engine promises.</summary>
public sealed class CompiledKernelTests
{
    private static IEnumerable<string> Operations => typeof(KernelCatalogue).GetProperties().Select(property => property.Name);

    [Test]
    public void No_kernel_needs_local_memory_atomics_or_a_newer_card_than_promised(
        [ValueSource(nameof(Operations))] string operation, [Values(ElementType.Float32, ElementType.BFloat16)] ElementType activations,
        [Values("8.0", "9.0")] string capability)
    {
        using CudaBench bench = CudaBench.OnMachine(new() { ComputeCapability = new(capability) }, activations);
        CudaKernel[] kernels = [.. Kernels(typeof(KernelCatalogue).GetProperty(operation)!.GetValue(bench.Device.Kernels)!)];
        Assert.That(kernels, Is.Not.Empty);
        foreach (CudaKernel kernel in kernels)
        {
            string text = kernel.Compile().Ptx;
            Assert.That(text, Does.Not.Contain(".local"), $"{kernel.Name}: an array or struct that fits no register");
            Assert.That(text, Does.Not.Match(@"\b(atom|red)\."), $"{kernel.Name}: sums that depend on the order of groups");
            // wgmma is of 9.0 alone, with a version of PTX that has it.
            Assert.That(text, Does.Match(capability == "9.0" && text.Contains("wgmma.", StringComparison.Ordinal)
                ? @"^[^{]*\.version 8\.0\s+\.target sm_90a\s" : @"^[^{]*\.target sm_80\s"), kernel.Name);
        }
    }
    /// <summary>Every kernel that an operation may launch.</summary>
    internal static IEnumerable<CudaKernel> Kernels(object engine) =>
        engine.GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Instance).SelectMany(field => field.GetValue(engine) switch
        {
            CudaKernel kernel => [kernel],
            CudaRowKernel rows => rows.Kernels,
            TensorCoreKernel product => product.Kernels,
            AttentionKernels general => Kernels(general),
            _ => (IEnumerable<CudaKernel>)[],
        });
}
