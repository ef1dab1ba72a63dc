using System.Buffers.Binary;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>Global and constant variables of a module, placed in global memory.</summary>
internal sealed class ModuleVariables
{
    private readonly Dictionary<string, ulong> _addresses = [];

    public ModuleVariables(PtxModule module, GlobalMemory memory)
    {
        foreach (PtxVariable variable in module.Variables.Values)
        {
            if (variable.Space is not ("global" or "const")) continue;
            ulong address = memory.Allocate(variable.Size, variable.Name);
            memory.CopyIn(address, Initial(variable));
            _addresses[variable.Name] = address;
        }
    }

    public ulong? AddressOf(string name) => _addresses.TryGetValue(name, out ulong address) ? address : null;

    // Variables without an initialiser are zero.
    private static byte[] Initial(PtxVariable variable)
    {
        byte[] bytes = new byte[variable.Size];
        if (variable.Initialiser is not { } text) return bytes;
        int size = variable.Type.Size();
        int element = 0;
        Span<byte> value = stackalloc byte[8];
        foreach (string item in PtxText.Elements(text))
        {
            ulong bits = RegisterFileLayout.Immediate(item, variable.Type)
                ?? throw new PtxException($"variable {variable.Name}: `{item}` is no constant");
            BinaryPrimitives.WriteUInt64LittleEndian(value, bits);
            value[..size].CopyTo(bytes.AsSpan(element++ * size));
        }
        return bytes;
    }
}
