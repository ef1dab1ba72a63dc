using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Tests.TestKernels;
using ILGPU;

namespace DoRA.PtxMachine.Tests;

/// <summary>Mistakes in C# kernels are found in their PTX and named with the method.</summary>
public sealed class BadKernelTests : IDisposable
{
    private readonly PtxCompiler _compiler = new();

    private static IEnumerable<TestCaseData> Kernels()
    {
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.MissingBarrier, 1,
            FindingKind.SharedRace).SetArgDisplayNames("MissingBarrier");
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.MissingSecondBarrier, 3, FindingKind.SharedRace)
            .SetArgDisplayNames("MissingSecondBarrier");
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.EarlyReturn, 32,
            FindingKind.BarrierNotReached).SetArgDisplayNames("EarlyReturn");
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.MissingBound, 1,
            FindingKind.OutOfBounds).SetArgDisplayNames("MissingBound");
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.MissingAtomic, 1,
            FindingKind.GlobalRace).SetArgDisplayNames("MissingAtomic");
        yield return new TestCaseData((Action<ArrayView<int>, int>)BadKernels.ShuffleInBranch, 1, FindingKind.InactiveShuffleSource)
            .SetArgDisplayNames("ShuffleInBranch");
    }

    [OneTimeTearDown]
    public void Dispose() => _compiler.Dispose();

    [TestCaseSource(nameof(Kernels))]
    public void Mistakes_are_found(Action<ArrayView<int>, int> kernel, int n, FindingKind kind)
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20, Workers = 1 });
        using DriverBuffer<int> data = machine.Allocate(new int[256]);
        LaunchReport report = machine.Launch(machine.Load(_compiler.Compile(kernel).Ptx), kind is FindingKind.GlobalRace
            or FindingKind.OutOfBounds ? 2 : 1, 128, 0, data, n);
        Assert.That(report.Findings.Select(finding => finding.Kind), Does.Contain(kind));
        Assert.That(report.Findings.Select(finding => finding.Method), Is.All.EqualTo($"{nameof(BadKernels)}_{kernel.Method.Name}"));
    }
}
