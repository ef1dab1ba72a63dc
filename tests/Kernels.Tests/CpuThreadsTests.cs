using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class CpuThreadsTests
{
    [Test]
    public void Every_part_runs_once_whatever_the_threads()
    {
        foreach (int count in (int[])[1, 2, 3, 7])
        {
            using CpuThreads threads = new(count);
            for (int parts = 0; parts < 40; parts++)
            {
                int[] runs = new int[parts];
                threads.Run(parts, part => Interlocked.Increment(ref runs[part]));
                Assert.That(runs, Is.All.EqualTo(1));
            }
        }
    }

    [Test]
    public void A_phase_sees_all_of_the_phase_before()
    {
        using CpuThreads threads = new(4);
        for (int repeat = 0; repeat < 200; repeat++)
        {
            int[] first = new int[50];
            bool[] complete = new bool[50];
            threads.Run(new TwoPhases(first, complete));
            Assert.That(complete, Is.All.True);
        }
    }

    [Test]
    public void A_part_may_run_parts_itself()
    {
        using CpuThreads threads = new(3);
        int runs = 0;
        threads.Run(5, _ => threads.Run(4, _ => Interlocked.Increment(ref runs)));
        Assert.That(runs, Is.EqualTo(20));
    }

    [Test]
    public void A_failure_reaches_the_caller_and_the_threads_live_on()
    {
        using CpuThreads threads = new(2);
        Assert.That(() => threads.Run(8, part => { if (part == 5) { throw new UserException("part 5"); } }), Throws.TypeOf<UserException>().With.Message.EqualTo("part 5"));
        int runs = 0;
        threads.Run(8, _ => Interlocked.Increment(ref runs));
        Assert.That(runs, Is.EqualTo(8));
    }

    [Test]
    public void Two_devices_work_at_the_same_time()
    {
        const int rows = 60, inputs = 40, outputs = 50;
        Random random = new(1);
        double[] x = CpuArrays.Random(random, rows * inputs), weight = CpuArrays.Random(random, outputs * inputs);
        double[] expected = new LinearReference(rows, inputs, outputs).Forward(x, weight).Y;
        Parallel.For(0, 2, _ =>
        {
            using CpuArrays arrays = new();
            LinearKernels linear = CpuLinear.Create(arrays.Threads, VectorWidths.Widest);
            for (int repeat = 0; repeat < 50; repeat++)
            {
                DeviceSpan y = arrays.Undefined(rows * outputs);
                linear.Forward(y, new(arrays.Upload(x), inputs), arrays.Upload(weight), new(rows, inputs, outputs), default);
                CpuArrays.Check("y", arrays.Download(y), expected, _ => 1e-5);
            }
        });
    }

    [Test]
    public void Kernels_allocate_nothing_once_they_are_warm()
    {
        using CpuArrays arrays = new();
        LinearKernels linear = CpuLinear.Create(arrays.Threads, VectorWidths.Widest);
        DeviceSpan y = arrays.Undefined(40 * 40), weight = arrays.Undefined(40 * 40);
        RowSpan x = new(arrays.Undefined(40 * 40), 40);
        LinearSize size = new(40, 40, 40);
        linear.Forward(y, x, weight, size, default);
        linear.BackwardInput(x, y, weight, size, default);
        linear.BackwardWeight(weight, default, y, x, size, default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            linear.Forward(y, x, weight, size, default);
            linear.BackwardInput(x, y, weight, size, default);
            linear.BackwardWeight(weight, default, y, x, size, default);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private readonly struct TwoPhases(int[] first, bool[] complete) : IParallelWork
    {
        public int Phases => 2;

        public int Parts(int phase) => first.Length;

        public void Run(int phase, int part, int worker)
        {
            if (phase == 0)
            {
                Volatile.Write(ref first[part], 1);
            }
            else
            {
                complete[part] = first.All(value => value == 1);
            }
        }
    }
}
