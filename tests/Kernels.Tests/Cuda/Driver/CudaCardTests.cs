namespace DoRA.Kernels.Tests.Cuda.Driver;

/// <summary>On a machine with a card.</summary>
public sealed class CudaCardTests
{
    [Test]
    public void With_a_card_it_gives_what_the_ptx_machine_gives()
    {
        if (NativeCudaApi.TryLoad() is null)
        {
            Assert.Ignore("This machine has no NVIDIA card; the kernels ran on the PTX machine only.");
        }

        using CudaDriver driver = new();
        using CudaDevice card = new(driver, driver.Card.Name);
        using CudaBench machine = CudaBench.OnMachine(new());
        float[] x = new TestNumbers(1).Uniform(33 * 70);
        float[] Normalized(Device device)
        {
            DeviceSpan input = device.Allocate(x.Length, ElementType.Float32), y = device.Allocate(x.Length, ElementType.Float32),
                inverse = device.Allocate(33, ElementType.Float32);
            device.Upload<float>(input, x);
            device.Kernels.L2Normalize.Forward(y, inverse, input, 33, 70);
            float[] values = new float[x.Length];
            device.Download<float>(values, y);
            Array.ForEach([input, y, inverse], span => span.Buffer.Dispose());
            return values;
        }

        // ptxas may fuse products and sums that the machine rounds apart.
        Agreement.Near("y", Normalized(card), Agreement.Wide(Normalized(machine.Device)), 4 * Agreement.SumError(70, 1));
    }
}
