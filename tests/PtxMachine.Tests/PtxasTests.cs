namespace DoRA.PtxMachine.Tests;

/// <summary>The assembler's words, and the assembler itself where there is one.</summary>
public sealed class PtxasTests
{
    [Test]
    public void Output_is_read()
    {
        const string Output = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'Kernel_Gemm' for 'sm_90a'
            ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized
            ptxas info    : Function properties for Kernel_Gemm
                16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
            ptxas info    : Used 128 registers, used 1 barriers, 49152 bytes smem, 400 bytes cmem[0]
            """;
        AssemblerReport report = Ptxas.Parse(Output);
        Assert.That((report.Registers, report.SpillBytes, report.SharedBytes), Is.EqualTo((128, 20, 49152)));
        Assert.That(report.Warnings, Has.Count.EqualTo(1));
        Assert.That(report.ToString(), Does.Contain("128 registers").And.Contain("C7510"));
    }

    [Test]
    public void A_kernel_is_assembled()
    {
        AssemblerReport? report = Ptxas.Assemble(PtxSource.Kernel("", "bar.sync 0;"));
        if (report is null) Assert.Ignore("ptxas is not installed");
        Assert.That(report!.Registers, Is.GreaterThan(0));
    }

    // What the machine finds in the damaged text, the assembler answers by serialising the products.
    [TestCase("", "", 0)]
    [TestCase("mov.f32 %d5, %d5;", "mov.f32 %d5, %d6;", 1)]
    public void Products_of_a_warpgroup_overlap_unless_their_sums_are_touched(string good, string bad, int warnings)
    {
        string ptx = WarpgroupTests.Pipeline.Replace(".target sm_80", ".target sm_90a", StringComparison.Ordinal);
        AssemblerReport? report = Ptxas.Assemble(good.Length > 0 ? ptx.Replace(good, bad, StringComparison.Ordinal) : ptx);
        if (report is null) Assert.Ignore("ptxas is not installed");
        Assert.That(report!.Warnings, Has.Count.EqualTo(warnings).And.All.Contain("C7514"));
        Assert.That(report.SpillBytes, Is.Zero);
    }
}
