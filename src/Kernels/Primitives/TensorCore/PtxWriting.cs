using ILGPU.Backends.PTX;
using ILGPU.IR;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>What the generators of intrinsics write instructions with.</summary>
internal static class PtxWriting
{
    public static void Write(PTXCodeGenerator generator, string instruction, params string[] operands)
    {
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand(instruction);
        command.AppendRawString(" " + string.Join(", ", operands));
    }

    public static string Vector(List<string> registers, int start, int count) =>
        "{" + string.Join(", ", registers.GetRange(start, count)) + "}";

    /// <summary>An argument's registers; a constant gets one.</summary>
    public static List<string> Sources(PTXCodeGenerator generator, Value argument) =>
        generator.Load(argument) is PTXRegisterAllocator.CompoundRegister compound
        ? [.. compound.Children.Select(child => Name(generator.EnsureHardwareRegister((PTXRegisterAllocator.PrimitiveRegister)child)))]
        : [Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(argument)))];

    public static List<string> Registers(PTXRegisterAllocator.Register register) =>
        register is PTXRegisterAllocator.CompoundRegister compound
        ? [.. compound.Children.SelectMany(Registers)]
        : [Name(register)];

    public static string Name(PTXRegisterAllocator.Register register) =>
        "%" + PTXRegisterAllocator.GetStringRepresentation((PTXRegisterAllocator.HardwareRegister)register);
}
