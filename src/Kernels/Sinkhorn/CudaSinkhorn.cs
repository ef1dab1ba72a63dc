using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Sinkhorn;

/// <summary>
/// One launch for the batch: a group an image, with the plan in float64 (sharp similarities leave float32's range) in shared memory for all
/// iterations. A thread owns whole columns (patches), so that only the rows' sums cross threads. Plans too large for shared memory lie in
/// global memory, where the same code finds them in the caches.
/// </summary>
internal sealed class CudaSinkhorn(CudaDevice device) : SinkhornKernels
{
    public const int GroupSize = 256;
    private const int Warps = GroupSize / CudaWarp.Lanes;

    /// <summary>Doubles that a launch's static shared memory leaves to the plan.</summary>
    private const int MostShared = (CudaKernel.SharedBytes / sizeof(double)) - (2 * Warps);

    private readonly CudaKernel _inShared = device.Kernel(InShared), _inGlobal = device.Kernel(InGlobal);

    public override void Forward(DeviceSpan assignment, DeviceSpan similarity, SinkhornSize size, float epsilon, int iterations) =>
        Run(assignment, similarity, size, Scale(epsilon), iterations);

    public override void Iterate(DeviceSpan assignment, DeviceSpan exponentials, SinkhornSize size, int iterations) =>
        Run(assignment, exponentials, size, 0, iterations);

    /// <summary>1/ε, where ε is the decimal number that was written, not its float32 neighbour: its error would be multiplied by S/ε.</summary>
    public static double Scale(float epsilon) => 1 / (double)(decimal)epsilon;

    /// <summary>What <see cref="Share"/> works in: the plan, the rows' sums warp by warp, and the rows' factors.</summary>
    public static int Doubles(SinkhornSize size) => size.Objects * (size.Patches + Warps + 1);

    private void Run(DeviceSpan assignment, DeviceSpan input, SinkhornSize size, double scale, int iterations)
    {
        int doubles = Doubles(size);
        if (doubles <= MostShared)
        {
            _inShared.LaunchShared(size.Batch, GroupSize, doubles * sizeof(double), assignment, input, KernelArgument.Of(size), scale,
                iterations);
            return;
        }

        DeviceSpan plans = device.Scratch(2L * size.Batch * doubles);
        _inGlobal.Launch(size.Batch, GroupSize, assignment, input, KernelArgument.View(plans.Address(), plans.Length / 2),
            KernelArgument.Of(size), scale, iterations);
    }

    private static void InShared(ArrayView<float> assignment, ArrayView<float> input, SinkhornSize size, double scale, int iterations) =>
        Share(assignment, input, SharedMemory.GetDynamic<double>(), size, scale, iterations);

    internal static void InGlobal(ArrayView<float> assignment, ArrayView<float> input, ArrayView<double> plans, SinkhornSize size,
        double scale, int iterations)
    {
        int doubles = Doubles(size);
        Share(assignment, input, plans.SubView((long)Grid.IdxX * doubles, doubles), size, scale, iterations);
    }

    /// <summary>The plan of the group's image, by <see cref="GroupSize"/> threads.</summary>
    /// <param name="scale">1/ε for similarities; 0 where the input is exponentials.</param>
    public static void Share(ArrayView<float> assignment, ArrayView<float> input, ArrayView<double> memory, SinkhornSize size,
        double scale, int iterations)
    {
        (int patches, int objects) = (size.Patches, size.Objects);
        int sums = patches * objects, factors = sums + (objects * Warps);
        long first = (long)Grid.IdxX * patches * objects;
        if (scale > 0)
        {
            Exponentiate(memory, input, first, patches, objects, scale);
        }
        else
        {
            ReplaceInfinities(memory, input, first, patches * objects);
        }

        SumRows(memory, sums, patches, objects);
        for (int row = Group.IdxX; row < objects; row += Group.DimX)
        {
            double total = 0;
            for (int i = sums; i < factors; i++)
            {
                total += memory[i];
            }

            memory[factors + row] = 1 / total;
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < patches; i += Group.DimX)
        {
            for (int row = 0; row < objects; row++)
            {
                memory[(row * patches) + i] *= memory[factors + row];
            }
        }

        for (int iteration = 0; iteration < iterations; iteration++)
        {
            SumRows(memory, sums, patches, objects);
            for (int row = Group.IdxX; row < objects; row += Group.DimX)
            {
                double sum = 0;
                for (int warp = 0; warp < Warps; warp++)
                {
                    sum += memory[sums + (warp * objects) + row];
                }

                memory[factors + row] = 1 / (objects * sum);
            }

            Group.Barrier();
            ScaleRowsThenColumns(memory, factors, patches, objects);
        }

        for (int i = Group.IdxX; i < patches; i += Group.DimX)
        {
            for (int row = 0; row < objects; row++)
            {
                assignment[first + (i * objects) + row] = (float)(memory[(row * patches) + i] * patches);
            }
        }
    }

    /// <summary><c>plan = exp(S/ε − max)ᵀ</c>.</summary>
    private static void Exponentiate(ArrayView<double> plan, ArrayView<float> similarity, long first, int patches, int objects,
        double scale)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Warps);
        float largest = float.NegativeInfinity;
        for (int i = Group.IdxX; i < patches * objects; i += Group.DimX)
        {
            float value = similarity[first + i];
            largest = value > largest ? value : largest;
        }

        largest = CudaWarp.GroupMaximum(largest, shared);
        for (int i = Group.IdxX; i < patches; i += Group.DimX)
        {
            for (int row = 0; row < objects; row++)
            {
                plan[(row * patches) + i] = CudaMath.ExpOfNegative((similarity[first + (i * objects) + row] * scale) - (largest * scale));
            }
        }
    }

    private static void ReplaceInfinities(ArrayView<double> plan, ArrayView<float> exponentials, long first, int length)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Warps);
        float largest = 0;
        for (int i = Group.IdxX; i < length; i += Group.DimX)
        {
            float value = exponentials[first + i];
            largest = value > largest && value < float.PositiveInfinity ? value : largest;
        }

        largest = CudaWarp.GroupMaximum(largest, shared);
        for (int i = Group.IdxX; i < length; i += Group.DimX)
        {
            float value = exponentials[first + i];
            plan[i] = value == float.PositiveInfinity ? largest : value;
        }

        // A thread filled other columns than its own.
        Group.Barrier();
    }

    /// <summary>Each row's sum, warp by warp, to memory[sums + warp · objects + row]; there for all threads on return.</summary>
    private static void SumRows(ArrayView<double> memory, int sums, int patches, int objects)
    {
        for (int row = 0; row < objects; row++)
        {
            double sum = 0;
            for (int i = Group.IdxX; i < patches; i += Group.DimX)
            {
                sum += memory[(row * patches) + i];
            }

            sum = CudaWarp.Sum(sum);
            if (Warp.LaneIdx == 0)
            {
                memory[sums + (Group.IdxX / CudaWarp.Lanes * objects) + row] = sum;
            }
        }

        Group.Barrier();
    }

    private static void ScaleRowsThenColumns(ArrayView<double> memory, int factors, int patches, int objects)
    {
        for (int i = Group.IdxX; i < patches; i += Group.DimX)
        {
            double sum = 0;
            for (int row = 0; row < objects; row++)
            {
                double scaled = memory[(row * patches) + i] * memory[factors + row];
                memory[(row * patches) + i] = scaled;
                sum += scaled;
            }

            double factor = 1 / (sum * patches);
            for (int row = 0; row < objects; row++)
            {
                memory[(row * patches) + i] *= factor;
            }
        }
    }
}
