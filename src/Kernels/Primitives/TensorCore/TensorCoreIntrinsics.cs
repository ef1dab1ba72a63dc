using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;
using ILGPU.IR.Values;
using static DoRA.Kernels.Primitives.TensorCore.PtxWriting;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>Tensor-core and copy instructions for ILGPU kernels. Only PTX has them: on other back ends they throw.</summary>
internal static class TensorCoreIntrinsics
{
    private const string Product = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";

    /// <summary>c + a b for a 16 x 8 tile and 16 elements of k: one mma.sync of bf16 with float32 sums.</summary>
    /// <param name="a">The 16 x 16 matrix: rows 0–7 and 8–15 of k 0–7, then of k 8–15.</param>
    /// <param name="b">The 16 x 8 matrix: k 0–7, then k 8–15.</param>
    [IntrinsicImplementation]
    public static Tile Multiply(Quad a, Pair b, Tile c) => throw new NotSupportedException();

    public static void GenerateMultiply(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        List<string> a = Registers(generator.Load(call[0])), b = Registers(generator.Load(call[1])), c = Sources(generator, call[2]);
        Write(generator, Product, Vector(Registers(generator.Allocate(call)), 0, 4), Vector(a, 0, 4), Vector(b, 0, 2), Vector(c, 0, 4));
    }

    /// <summary>c + a b for a warp's 64 x 32 tile and 16 elements of k: sixteen mma.sync of bf16.</summary>
    [IntrinsicImplementation]
    public static WarpTile MultiplyAccumulate(RowFragments a, ColumnFragments b, WarpTile c) => throw new NotSupportedException();

    public static void GenerateMultiplyAccumulate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        List<string> a = Registers(generator.Load(call[0])), b = Registers(generator.Load(call[1])), c = Registers(generator.Load(call[2]));
        List<string> d = Registers(generator.Allocate(call));
        for (int row = 0; row < 4; row++)
        {
            for (int column = 0; column < 4; column++)
            {
                int tile = 4 * (4 * row + column);
                Write(generator, Product,
                    Vector(d, tile, 4), Vector(a, 4 * row, 4), Vector(b, 2 * column, 2), Vector(c, tile, 4));
            }
        }
    }

    /// <summary>Four 8x8 matrices of 16-bit elements; each lane gives the shared address of one row.</summary>
    [IntrinsicImplementation]
    public static Quad LoadMatrices(int address) => throw new NotSupportedException();

    /// <param name="offset">A constant that is added to the address by the instruction itself.</param>
    /// <inheritdoc cref="LoadMatrices(int)"/>
    [IntrinsicImplementation]
    public static Quad LoadMatrices(int address, int offset) => throw new NotSupportedException();

    public static void GenerateLoadMatrices(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteLoadMatrices(generator, value, "ldmatrix.sync.aligned.m8n8.x4.shared.b16");

    /// <summary>The same, each of the four matrices transposed on its way.</summary>
    [IntrinsicImplementation]
    public static Quad LoadMatricesTransposed(int address) => throw new NotSupportedException();

    /// <param name="offset">A constant that is added to the address by the instruction itself.</param>
    /// <inheritdoc cref="LoadMatricesTransposed(int)"/>
    [IntrinsicImplementation]
    public static Quad LoadMatricesTransposed(int address, int offset) => throw new NotSupportedException();

    public static void GenerateLoadMatricesTransposed(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteLoadMatrices(generator, value, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16");

    /// <summary>Two numbers as bf16, rounded to the nearest, ties to even, in one word.</summary>
    [IntrinsicImplementation]
    public static uint Pack(float low, float high) => throw new NotSupportedException();

    public static void GeneratePack(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string low = Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[0])));
        string high = Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[1])));
        Write(generator, "cvt.rn.bf16x2.f32", Name(generator.AllocateHardware(call)), high, low);
    }

    /// <summary>1/x by the card's own instruction: one unit in the last place.</summary>
    [IntrinsicImplementation]
    public static float Reciprocal(float x) => throw new NotSupportedException();

    public static void GenerateReciprocal(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string x = Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[0])));
        Write(generator, "rcp.approx.ftz.f32", Name(generator.AllocateHardware(call)), x);
    }

    /// <summary>The value itself, computed here: without it ILGPU moves arithmetic to where its result is used, and be it into a
    /// loop.</summary>
    [IntrinsicImplementation]
    public static int Hold(int value) => throw new NotSupportedException();

    /// <inheritdoc cref="Hold(int)"/>
    [IntrinsicImplementation]
    public static long Hold(long value) => throw new NotSupportedException();

    public static void GenerateHold(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string held = Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[0])));
        Write(generator, call.BasicValueType == BasicValueType.Int64 ? "mov.b64" : "mov.b32", Name(generator.AllocateHardware(call)), held);
    }

    /// <summary>a b + c, rounded once.</summary>
    [IntrinsicImplementation]
    public static float MultiplyAdd(float a, float b, float c) => throw new NotSupportedException();

    public static void GenerateMultiplyAdd(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string[] operands = [.. Enumerable.Range(0, 3).SelectMany(i => Sources(generator, call[i]))];
        Write(generator, "fma.rn.f32", [Name(generator.AllocateHardware(call)), .. operands]);
    }

    /// <summary>The shared-space address of an element of shared memory.</summary>
    [IntrinsicImplementation]
    public static int SharedAddress(ref uint element) => throw new NotSupportedException();

    public static void GenerateSharedAddress(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string pointer = Name(generator.LoadPrimitive(call[0])), result = Name(generator.AllocateHardware(call));
        // Where the method was inlined the pointer is a shared one already; in the body of its own it is generic.
        if (((AddressSpaceType)call[0].Type).AddressSpace == MemoryAddressSpace.Shared)
        {
            Write(generator, "cvt.u32.u64", result, pointer);
            return;
        }
        generator.Command("{");
        Write(generator, ".reg .u64", "address");
        Write(generator, "cvta.to.shared.u64", "address", pointer);
        Write(generator, "cvt.u32.u64", result, "address");
        generator.Command("}");
    }

    /// <summary>Begins to copy 16 bytes from global to shared memory; with size 0 they become zero and nothing is read,
    /// wherever the source is.</summary>
    [IntrinsicImplementation]
    public static void CopyAsync(int address, ref uint source, int size) => throw new NotSupportedException();

    /// <inheritdoc cref="CopyAsync(int, ref uint, int)"/>
    [IntrinsicImplementation]
    public static void CopyAsync(int address, ref BFloat16 source, int size) => throw new NotSupportedException();

    public static void GenerateCopyAsync(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteCopy(generator, value, "cp.async.cg.shared.global", 16);

    /// <summary>Begins to copy one word from global to shared memory; with size 0 it becomes zero.</summary>
    [IntrinsicImplementation]
    public static void CopyWordAsync(int address, ref float source, int size) => throw new NotSupportedException();

    public static void GenerateCopyWordAsync(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteCopy(generator, value, "cp.async.ca.shared.global", 4);

    /// <summary>Begins to copy two words from global to shared memory; with size 0 they become zero.</summary>
    [IntrinsicImplementation]
    public static void CopyPairAsync(int address, ref Float2 source, int size) => throw new NotSupportedException();

    public static void GenerateCopyPairAsync(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteCopy(generator, value, "cp.async.ca.shared.global", 8);

    /// <summary>Stores 16 bytes at a shared address.</summary>
    [IntrinsicImplementation]
    public static void StoreShared(int address, Quad value) => throw new NotSupportedException();

    /// <summary>Stores 8 bytes at a shared address.</summary>
    [IntrinsicImplementation]
    public static void StoreShared(int address, Pair value) => throw new NotSupportedException();

    /// <summary>Stores 4 bytes at a shared address.</summary>
    [IntrinsicImplementation]
    public static void StoreShared(int address, uint value) => throw new NotSupportedException();

    public static void GenerateStoreShared(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        List<string> words = Sources(generator, call[1]);
        string address = Name(generator.LoadPrimitive(call[0]));
        string width = words.Count == 1 ? "" : $".v{words.Count}";
        Write(generator, $"st.shared{width}.b32", $"[{address}]", words.Count == 1 ? words[0] : Vector(words, 0, words.Count));
    }

    /// <summary>Stores two numbers at a shared address.</summary>
    [IntrinsicImplementation]
    public static void StoreSharedPair(int address, float first, float second) => throw new NotSupportedException();

    public static void GenerateStoreSharedPair(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        Write(generator, "st.shared.v2.f32", $"[{Name(generator.LoadPrimitive(call[0]))}]",
            Vector([.. Sources(generator, call[1]), .. Sources(generator, call[2])], 0, 2));
    }

    /// <summary>Loads two numbers from a shared address.</summary>
    [IntrinsicImplementation]
    public static Float2 LoadSharedPair(int address) => throw new NotSupportedException();

    public static void GenerateLoadSharedPair(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteLoadShared(generator, value, "ld.shared.v2.f32", 2);

    /// <summary>Loads four numbers from a shared address.</summary>
    [IntrinsicImplementation]
    public static Float4 LoadSharedFour(int address) => throw new NotSupportedException();

    public static void GenerateLoadSharedFour(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        WriteLoadShared(generator, value, "ld.shared.v4.f32", 4);

    /// <summary>Closes a group of copies.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies() => throw new NotSupportedException();

    public static void GenerateCommitCopies(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Command("cp.async.commit_group");

    /// <summary>Waits until at most one group of copies is under way.</summary>
    [IntrinsicImplementation]
    public static void AwaitCopiesButOne() => throw new NotSupportedException();

    public static void GenerateAwaitCopiesButOne(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Command("cp.async.wait_group 1");

    /// <summary>Waits until at most two groups of copies are under way.</summary>
    [IntrinsicImplementation]
    public static void AwaitCopiesButTwo() => throw new NotSupportedException();

    public static void GenerateAwaitCopiesButTwo(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Command("cp.async.wait_group 2");

    /// <summary>Waits for all copies.</summary>
    [IntrinsicImplementation]
    public static void AwaitCopies() => throw new NotSupportedException();

    public static void GenerateAwaitCopies(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Command("cp.async.wait_group 0");

    private static void WriteCopy(PTXCodeGenerator generator, Value value, string instruction, int bytes)
    {
        MethodCall call = (MethodCall)value;
        string address = Name(generator.LoadPrimitive(call[0])), source = Name(generator.LoadPrimitive(call[1]));
        string size = Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[2])));
        Write(generator, instruction, $"[{address}]", $"[{source}]", $"{bytes}", size);
    }

    private static void WriteLoadShared(PTXCodeGenerator generator, Value value, string instruction, int count)
    {
        MethodCall call = (MethodCall)value;
        string address = Name(generator.LoadPrimitive(call[0]));
        Write(generator, instruction, Vector(Registers(generator.Allocate(call)), 0, count), $"[{address}]");
    }

    private static void WriteLoadMatrices(PTXCodeGenerator generator, Value value, string instruction)
    {
        MethodCall call = (MethodCall)value;
        string address = Name(generator.LoadPrimitive(call[0]));
        int offset = call.Count > 1 ? ((PrimitiveValue)call[1].Resolve()).Int32Value : 0;
        Write(generator, instruction, Vector(Registers(generator.Allocate(call)), 0, 4), $"[{address}+{offset}]");
    }
}
