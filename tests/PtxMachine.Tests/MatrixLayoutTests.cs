using System.Globalization;

namespace DoRA.PtxMachine.Tests;

/// <summary>
/// Fragment layouts, written down here once more from the formulas of the PTX manual ("Matrix Fragments for mma", "ldmatrix"): element i of a
/// lane's fragment stands in this row and column.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class MatrixLayoutTests
{
    [TestCase("m16n8k16", "bf16", 16, 2)]
    [TestCase("m16n8k8", "bf16", 8, 2)]
    [TestCase("m16n8k16", "f16", 16, 2)]
    [TestCase("m16n8k8", "f16", 8, 2)]
    [TestCase("m16n8k8", "tf32", 8, 1)]
    [TestCase("m16n8k4", "tf32", 4, 1)]
    public void Products_use_the_manuals_layouts(string shape, string type, int k, int perRegister)
    {
        Random random = new(k);
        float[,] a = Random(random, 16, k), b = Random(random, k, 8), c = Random(random, 16, 8);
        int aElements = 16 * k / 32, bElements = 8 * k / 32, aRegisters = aElements / perRegister, bRegisters = bElements / perRegister;
        uint[] input = new uint[32 * (aRegisters + bRegisters + 4)];
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, inGroup = lane & 3;
            int start = lane * (aRegisters + bRegisters + 4);
            for (int i = 0; i < aElements; i++)
            {
                // 16-bit: row group for i = 0,1,4,5, else group + 8; column 2·inGroup + (i & 1), + 8 for i >= 4. tf32: row by i & 1, column by i >= 2.
                int row = perRegister == 2 ? (i % 4 < 2 ? group : group + 8) : (i % 2 == 0 ? group : group + 8);
                int column = perRegister == 2 ? inGroup * 2 + (i & 1) + (i >= 4 ? 8 : 0) : inGroup + (i >= 2 ? 4 : 0);
                Pack(input, start + i / perRegister, i % perRegister, type, a[row, column]);
            }
            for (int i = 0; i < bElements; i++)
            {
                int row = perRegister == 2 ? inGroup * 2 + (i & 1) + (i >= 2 ? 8 : 0) : inGroup + (i >= 1 ? 4 : 0);
                Pack(input, start + aRegisters + i / perRegister, i % perRegister, type, b[row, group]);
            }
            for (int i = 0; i < 4; i++)
            {
                input[start + aRegisters + bRegisters + i] = BitConverter.SingleToUInt32Bits(c[i < 2 ? group : group + 8, inGroup * 2 + (i & 1)]);
            }
        }
        string A = Vector("%r", 4, aRegisters), B = Vector("%r", 4 + aRegisters, bRegisters);
        string loads = string.Concat(Enumerable.Range(0, aRegisters + bRegisters).Select(i => $"ld.global.b32 %r{4 + i}, [%rd1+{4 * i}];\n"))
            + string.Concat(Enumerable.Range(0, 4).Select(i => $"ld.global.f32 %f{i}, [%rd1+{4 * (aRegisters + bRegisters + i)}];\n"));
        string body = $$"""
            ld.param.u64 %rd1, [in]; mad.wide.u32 %rd1, %r0, {{4 * (aRegisters + bRegisters + 4)}}, %rd1;
            {{loads}}
            mma.sync.aligned.{{shape}}.row.col.f32.{{type}}.{{type}}.f32 {%f4,%f5,%f6,%f7}, {{A}}, {{B}}, {%f0,%f1,%f2,%f3};
            ld.param.u64 %rd2, [out]; mad.wide.u32 %rd2, %r0, 16, %rd2; st.global.v4.f32 [%rd2], {%f4,%f5,%f6,%f7};
            """;
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<uint> source = machine.Allocate(input);
        using DriverBuffer<float> output = machine.Allocate<float>(128);
        machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 in, .param .u64 out", body)), 1, 32, 0, source.Address, output.Address).ThrowIfFindings();
        float[] result = output.ToArray();
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < 4; i++)
            {
                int row = i < 2 ? lane >> 2 : (lane >> 2) + 8, column = (lane & 3) * 2 + (i & 1);
                double expected = c[row, column];
                for (int p = 0; p < k; p++) expected += (double)a[row, p] * b[p, column];
                // All values are multiples of 1/8 below 2: products and sums are exact in single precision.
                Assert.That(result[4 * lane + i], Is.EqualTo((float)expected), $"lane {lane} element {i}");
            }
        }
    }

    [TestCase(1, false)]
    [TestCase(2, false)]
    [TestCase(4, false)]
    [TestCase(4, true)]
    [TestCase(2, true)]
    public void Matrix_loads_use_the_manuals_layouts(int matrices, bool transposed)
    {
        // Row r of matrix m lies at byte 16·(8 m + (r ^ 3)): addresses need not ascend. Its element c is 100·(8 m + r) + c.
        string body = $$"""
            .shared .align 16 .b8 tile[512];
            mov.u32 %r4, tile; shl.b32 %r5, %r0, 4; add.u32 %r4, %r4, %r5;
            ld.param.u64 %rd1, [in]; mad.wide.u32 %rd1, %r0, 16, %rd1; ld.global.v4.b32 {%r8,%r9,%r10,%r11}, [%rd1];
            st.shared.v4.b32 [%r4], {%r8,%r9,%r10,%r11}; bar.warp.sync -1;
            xor.b32 %r5, %r5, 48; mov.u32 %r4, tile; add.u32 %r4, %r4, %r5;
            mov.b32 %r12, 0; mov.b32 %r13, 0; mov.b32 %r14, 0; mov.b32 %r15, 0;
            ldmatrix.sync.aligned.m8n8.x{{matrices}}{{(transposed ? ".trans" : "")}}.shared.b16 {{Vector("%r", 12, matrices)}}, [%r4];
            ld.param.u64 %rd2, [out]; mad.wide.u32 %rd2, %r0, 16, %rd2; st.global.v4.b32 [%rd2], {%r12,%r13,%r14,%r15};
            """;
        ushort[] rows = new ushort[256];
        for (int line = 0; line < 32; line++)
        {
            for (int c = 0; c < 8; c++) rows[8 * (line ^ 3) + c] = (ushort)(100 * line + c);
        }
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        using DriverBuffer<ushort> source = machine.Allocate(rows);
        using DriverBuffer<ushort> output = machine.Allocate<ushort>(256);
        LaunchReport report = machine.Launch(machine.Load(PtxSource.Kernel(".param .u64 in, .param .u64 out", body)), 1, 32, 0, source.Address, output.Address);
        Assert.That(report.Findings, Is.Empty);
        ushort[] result = output.ToArray();
        for (int lane = 0; lane < 32; lane++)
        {
            for (int m = 0; m < matrices; m++)
            {
                for (int i = 0; i < 2; i++)
                {
                    (int row, int column) = transposed ? (2 * (lane % 4) + i, lane / 4) : (lane / 4, 2 * (lane % 4) + i);
                    Assert.That(result[8 * lane + 2 * m + i], Is.EqualTo((ushort)(100 * (8 * m + row) + column)), $"lane {lane} matrix {m} element {i}");
                }
            }
        }
    }

    private static string Vector(string prefix, int start, int count) =>
        "{" + string.Join(", ", Enumerable.Range(start, count).Select(i => prefix + i.ToString(CultureInfo.InvariantCulture))) + "}";

    private static float[,] Random(Random random, int rows, int columns)
    {
        float[,] matrix = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) matrix[i, j] = random.Next(-15, 16) / 8f;
        }
        return matrix;
    }

    private static void Pack(uint[] target, int register, int element, string type, float value)
    {
        target[register] |= type switch
        {
            "tf32" => BitConverter.SingleToUInt32Bits(value),
            "bf16" => (BitConverter.SingleToUInt32Bits(value) >> 16) << (16 * element),
            _ => (uint)BitConverter.HalfToUInt16Bits((Half)value) << (16 * element),
        };
    }
}
