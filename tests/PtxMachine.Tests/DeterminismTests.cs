namespace DoRA.PtxMachine.Tests;

/// <summary>What a seed changes and what it does not.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DeterminismTests
{
    // Every thread takes a ticket: the order of groups and warps shows.
    private const string Tickets = "ld.param.u64 %rd1, [data]; atom.global.add.u32 %r2, [%rd1], 1; mad.lo.u32 %r3, %r1, 128, %r0; mad.wide.u32 %rd1, %r3, 4, %rd1; st.global.u32 [%rd1+4], %r2;";

    [Test]
    public void The_order_of_groups_and_warps_follows_the_seed()
    {
        uint[] plain = Run(new MachineOptions { GlobalBytes = 1 << 20 });
        Assert.That(plain, Is.EqualTo(Run(new MachineOptions { GlobalBytes = 1 << 20 })));
        uint[][] shuffled = [.. Enumerable.Range(1, 4).Select(seed => Run(new MachineOptions { GlobalBytes = 1 << 20, Seed = (ulong)seed }))];
        Assert.That(shuffled[0], Is.EqualTo(Run(new MachineOptions { GlobalBytes = 1 << 20, Seed = 1 })));
        Assert.That(shuffled.Append(plain).Select(tickets => string.Join(' ', tickets)).Distinct().Count(), Is.EqualTo(5));
        // In each order all tickets are given once.
        foreach (uint[] tickets in shuffled) Assert.That(tickets.Skip(1).Order(), Is.EqualTo(Enumerable.Range(0, 512).Select(i => (uint)i)));
    }

    private static uint[] Run(MachineOptions options)
    {
        using Machine machine = new(options);
        using DriverBuffer<uint> data = machine.Allocate(new uint[513]);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 data", Tickets)), 4, 128, 0, data.Address).ThrowIfFindings();
        return data.ToArray();
    }
}
