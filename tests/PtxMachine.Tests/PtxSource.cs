namespace DoRA.PtxMachine.Tests;

/// <summary>Hand-written kernels.</summary>
internal static class PtxSource
{
    /// <summary>
    /// A kernel `test` with parameters and a body. It has registers %p0-%p7, %r0-%r31, %rd0-%rd15, %f0-%f31; on entry %r0 is the thread, %r1 the
    /// group.
    /// </summary>
    public static string Kernel(string parameters, string body, string before = "") => $$"""
        .version 8.0
        .target sm_80
        .address_size 64
        {{before}}
        .visible .entry test({{parameters}})
        {
        .reg .pred %p<8>;
        .reg .b32 %r<32>;
        .reg .b64 %rd<16>;
        .reg .f32 %f<32>;
        mov.u32 %r0, %tid.x;
        mov.u32 %r1, %ctaid.x;
        {{body}}
        ret;
        }
        """;

    /// <summary>Code that leaves the address of this thread's 4-byte element of the buffer `name` in a register.</summary>
    public static string ElementAddress(string name, string register, string index = "%r0") =>
        $"ld.param.u64 {register}, [{name}];\nmad.wide.u32 {register}, {index}, 4, {register};\n";
}
