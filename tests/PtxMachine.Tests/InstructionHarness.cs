using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace DoRA.PtxMachine.Tests;

/// <summary>Runs a few instructions on given inputs: one warp, lane l with element l of every input.</summary>
internal static class InstructionHarness
{
    /// <summary>
    /// Runs code on registers %i0, %i1, … that hold the inputs and returns what it leaves in %d. The code may use the predicates %p0-%p7 and
    /// %t0-%t7 of 32 bits, %w0-%w7 of 64.
    /// </summary>
    public static TResult[] Run<TResult>(string code, params Array[] inputs)
        where TResult : unmanaged
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        (TResult[] result, LaunchReport report) = Launch<TResult>(machine, code, guarded: false, inputs);
        report.ThrowIfFindings();
        // Once more with every instruction guarded by "odd lane": those agree, the others keep the zero that they had.
        (TResult[] guarded, LaunchReport second) = Launch<TResult>(machine, code, guarded: true, inputs);
        second.ThrowIfFindings();
        for (int lane = 0; lane < result.Length; lane++)
        {
            Assert.That(guarded[lane], Is.EqualTo(lane % 2 == 1 ? result[lane] : default(TResult)), $"lane {lane} of the guarded run");
        }
        return result;
    }

    /// <summary>Like <see cref="Run"/>, but only with all lanes, as warp-wide instructions need.</summary>
    public static TResult[] RunWarp<TResult>(string code, params Array[] inputs)
        where TResult : unmanaged
    {
        using Machine machine = new(new MachineOptions { GlobalBytes = 1 << 20 });
        (TResult[] result, LaunchReport report) = Launch<TResult>(machine, code, guarded: false, inputs);
        report.ThrowIfFindings();
        return result;
    }

    /// <summary>Runs code as <see cref="Run"/> does on a machine of the caller's.</summary>
    public static (TResult[] Result, LaunchReport Report) Launch<TResult>(Machine machine, string code, bool guarded, params Array[] inputs)
        where TResult : unmanaged
    {
        StringBuilder text = new();
        text.AppendLine(".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry test(");
        for (int i = 0; i < inputs.Length; i++) text.AppendLine(CultureInfo.InvariantCulture, $".param .b64 in{i},");
        text.AppendLine(".param .b64 out) {");
        text.AppendLine(".reg .pred %p<8>, %odd;\n.reg .b32 %t<8>, %lane;\n.reg .b64 %w<8>, %at, %lane64;");
        text.AppendLine(CultureInfo.InvariantCulture, $".reg .{RegisterType(typeof(TResult))} %d;");
        text.AppendLine("mov.u32 %lane, %tid.x;\ncvt.u64.u32 %lane64, %lane;");
        text.AppendLine("and.b32 %t7, %lane, 1;\nsetp.ne.u32 %odd, %t7, 0;");
        for (int i = 0; i < inputs.Length; i++)
        {
            Type type = inputs[i].GetType().GetElementType()!;
            text.AppendLine(CultureInfo.InvariantCulture, $".reg .{RegisterType(type)} %i{i};");
            text.AppendLine(CultureInfo.InvariantCulture, $"ld.param.b64 %at, [in{i}];");
            text.AppendLine(CultureInfo.InvariantCulture, $"mad.lo.s64 %at, %lane64, {Marshal.SizeOf(type)}, %at;\nld.global.{RegisterType(type)} %i{i}, [%at];");
        }
        if (guarded)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"mov.{RegisterType(typeof(TResult))} %d, 0;");
            code = string.Join('\n', code.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(statement => statement[0] == '.' ? statement + ";" : $"@%odd {statement};"));
        }
        text.AppendLine(code);
        text.AppendLine("ld.param.b64 %at, [out];");
        text.AppendLine(CultureInfo.InvariantCulture, $"mad.lo.s64 %at, %lane64, {Marshal.SizeOf<TResult>()}, %at;\nst.global.{RegisterType(typeof(TResult))} [%at], %d;\nret;\n}}");
        MachineKernel kernel = machine.Load(text.ToString());
        KernelArgument[] arguments = new KernelArgument[inputs.Length + 1];
        List<ulong> addresses = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            byte[] bytes = Bytes(inputs[i]);
            addresses.Add(machine.Allocate(bytes.Length, $"input {i}"));
            machine.CopyIn(addresses[i], bytes);
            arguments[i] = addresses[i];
        }
        using DriverBuffer<TResult> output = machine.Allocate<TResult>(32, "output");
        arguments[^1] = output.Address;
        LaunchReport report = machine.Launch(kernel, 1, 32, 0, arguments);
        int lanes = inputs.Length == 0 ? 32 : inputs.Max(input => input.Length);
        TResult[] result = output.ToArray()[..lanes];
        foreach (ulong address in addresses) machine.Free(address);
        return (result, report);
    }

    private static string RegisterType(Type type) => Marshal.SizeOf(type) switch
    {
        2 => "b16",
        4 => type == typeof(float) ? "f32" : "b32",
        8 => type == typeof(double) ? "f64" : "b64",
        _ => throw new ArgumentException($"no register for {type}"),
    };

    // Padded to 32 lanes with the last element.
    private static byte[] Bytes(Array input)
    {
        int size = Marshal.SizeOf(input.GetType().GetElementType()!);
        byte[] bytes = new byte[32 * size];
        GCHandle pin = GCHandle.Alloc(input, GCHandleType.Pinned);
        Marshal.Copy(pin.AddrOfPinnedObject(), bytes, 0, input.Length * size);
        pin.Free();
        for (int lane = input.Length; lane < 32; lane++) bytes.AsSpan((input.Length - 1) * size, size).CopyTo(bytes.AsSpan(lane * size));
        return bytes;
    }
}
