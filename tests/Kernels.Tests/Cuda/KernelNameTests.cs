using System.Reflection;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>What reports rely on that list kernels by name.</summary>
public sealed class KernelNameTests
{
    [Test]
    public void Every_kernel_has_a_name_of_its_own_in_its_text([Values(ElementType.Float32, ElementType.BFloat16)] ElementType activations)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), activations);
        Dictionary<string, string> texts = [];
        foreach (CompiledKernel kernel in ((CudaDevice)bench.Device).AllKernels.Select(kernel => kernel.Compile()))
        {
            Assert.That(kernel.Ptx, Does.Contain($".entry {kernel.Name}("));
            Assert.That(texts.TryAdd(kernel.Name, kernel.Ptx) || texts[kernel.Name] == kernel.Ptx, $"{kernel.Name} names two kernels");
        }
    }

    [Test]
    public void The_device_knows_the_kernels_of_every_operation([Values(ElementType.Float32, ElementType.BFloat16)] ElementType activations)
    {
        using CudaBench bench = CudaBench.OnMachine(new(), activations);
        CudaDevice device = (CudaDevice)bench.Device;
        foreach (PropertyInfo operation in typeof(KernelCatalogue).GetProperties())
        {
            object engine = operation.GetValue(device.Kernels)!;
            Assert.That(CompiledKernelTests.Kernels(engine), Is.Not.Empty.And.SubsetOf(device.AllKernels), operation.Name);
        }
    }
}
