using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using static DoRA.Kernels.Primitives.TensorCore.PtxWriting;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// Products of a warpgroup, four warps, whose operands lie in shared memory (wgmma; compute capability 9.0 alone). They run beside what the
/// warps do next: until <see cref="Await"/> no one may touch their sums, nor write what they read.
/// </summary>
internal static class WarpgroupIntrinsics
{
    private const string Wait = "wgmma.wait_group.sync.aligned 0";

    /// <summary>What one instruction takes of k, and how many make a step.</summary>
    private const int Depth = 16, Products = WarpgroupProduct.StepDepth / Depth;

    /// <summary>Begins sum + a b for 64 rows, 128 columns and a step's 64 elements of k.</summary>
    /// <param name="left">Descriptor of the rows' tile (<see cref="WarpgroupTile.Matrix"/>).</param>
    /// <param name="right">Descriptor of the columns' tile.</param>
    /// <param name="isLeftTransposed">A constant: the tile's k goes down its rows.</param>
    /// <param name="isRightTransposed">A constant: the tile's k goes down its rows.</param>
    [IntrinsicImplementation]
    public static WarpRows BeginProduct(long left, long right, bool isLeftTransposed, bool isRightTransposed, WarpRows sum) =>
        throw new NotSupportedException();

    public static void GenerateBeginProduct(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        WriteProducts(generator, call, 4, Constant(call[2]), Constant(call[3]));
    }

    /// <summary>The sums, when all products of the warpgroup are done.</summary>
    // It hands the sums on, for ILGPU moves what has a result to where that is used: past a wait that had none, too.
    [IntrinsicImplementation]
    public static WarpRows Await(WarpRows sum) => throw new NotSupportedException();

    public static void GenerateAwait(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        generator.Command(Wait);
        generator.Bind(call, generator.Load(call[0]));
    }

    /// <summary>sum + a b where b is 1 everywhere: each of eight columns becomes the sums of a's 64 rows over a step's k. Waits for all
    /// products of the warpgroup.</summary>
    /// <param name="ones">Descriptor of 8 columns and 16 k of ones, which serve all of the step.</param>
    /// <inheritdoc cref="BeginProduct"/>
    [IntrinsicImplementation]
    public static Tile AddLineSums(long left, long ones, bool isLeftTransposed, Tile sum) => throw new NotSupportedException();

    public static void GenerateAddLineSums(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        WriteProducts(generator, call, 3, Constant(call[2]), null);
        generator.Command(Wait);
    }

    /// <summary>Makes what this thread wrote to shared memory, copies that it waited for among it, visible to products that begin behind
    /// the next barrier.</summary>
    [IntrinsicImplementation]
    public static void ShowToProducts() => throw new NotSupportedException();

    // Of shared memory alone: for all of it ptxas waits for the thread's global accesses too, as the whole GPU sees them.
    public static void GenerateShowToProducts(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Command("fence.proxy.async.shared::cta");

    // The sums are moved before the fence, into registers that nothing touches until the wait: ptxas finds such moves away. A move between
    // products and their wait would make it serialise them (its warnings C75xx).
    private static void WriteProducts(PTXCodeGenerator generator, MethodCall call, int sumAt, bool isLeftTransposed,
        bool? isRightTransposed)
    {
        string left = Sources(generator, call[0])[0], right = Sources(generator, call[1])[0];
        List<string> sums = Sources(generator, call[sumAt]), results = Registers(generator.Allocate(call));
        for (int i = 0; i < sums.Count; i++)
        {
            Write(generator, "mov.f32", results[i], sums[i]);
        }

        generator.Command("wgmma.fence.sync.aligned");
        for (int i = 0; i < Products; i++)
        {
            Write(generator, $"wgmma.mma_async.sync.aligned.m64n{2 * sums.Count}k{Depth}.f32.bf16.bf16", Vector(results, 0, results.Count),
                Further(generator, left, i, isLeftTransposed), Further(generator, right, i, isRightTransposed),
                "1", "1", "1", isLeftTransposed ? "1" : "0", isRightTransposed == true ? "1" : "0");
        }

        generator.Command("wgmma.commit_group.sync.aligned");
    }

    /// <summary>The descriptor of the tile's product i; null is an operand that stays.</summary>
    private static string Further(PTXCodeGenerator generator, string descriptor, int i, bool? isTransposed)
    {
        if (i == 0 || isTransposed is null)
        {
            return descriptor;
        }

        string further = Name(generator.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64));
        Write(generator, "add.s64", further, descriptor, $"{i * WarpgroupTile.DepthUnits(isTransposed.Value)}");
        return further;
    }

    private static bool Constant(ValueReference argument) => ((PrimitiveValue)argument.Resolve()).Int1Value;
}
