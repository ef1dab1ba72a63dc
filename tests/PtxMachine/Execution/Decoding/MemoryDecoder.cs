using System.Numerics;
using DoRA.PtxMachine.Execution.Operations;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution.Decoding;

/// <summary>Loads, stores and atomic instructions.</summary>
internal static unsafe class MemoryDecoder
{
    public static void Load(Operands operands, ref Instruction code)
    {
        SetVector(operands, ref code, operands.Text(0), isStore: false);
        if (operands.Source.Has("param"))
        {
            ParameterAddress(operands, ref code, 1);
            code.Run = code.Space == StateSpace.Parameter ? &MemoryExecutors.LoadParameter : &MemoryExecutors.Load;
            return;
        }
        code.Space = Space(operands.Source);
        (code.A, code.WideAddress, code.Immediate) = operands.Address(1);
        code.Run = &MemoryExecutors.Load;
    }

    public static void Store(Operands operands, ref Instruction code)
    {
        SetVector(operands, ref code, operands.Text(1), isStore: true);
        if (operands.Source.Has("param"))
        {
            ParameterAddress(operands, ref code, 0);
            if (code.Space == StateSpace.Parameter) throw operands.Source.Error("a kernel's parameters cannot be written");
        }
        else
        {
            code.Space = Space(operands.Source);
            (code.A, code.WideAddress, code.Immediate) = operands.Address(0);
        }
        code.Run = &MemoryExecutors.Store;
    }

    public static void Atomic(Operands operands, ref Instruction code)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        int next = source.Name == "atom" ? 1 : 0;
        if (next == 1) code.D = operands.Write(0, type);
        (code.A, code.WideAddress, code.Immediate) = operands.Address(next);
        code.B = operands.Read(next + 1, type);
        if (next + 2 < operands.Count) code.C = operands.Read(next + 2, type);
        code.Space = Space(source);
        code.ElementBytes = (byte)type.Size();
        string operation = source.FirstOf("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec") ?? throw source.Error("unknown instruction");
        Decoder.Set(operands, ref code, type switch
        {
            PtxType.S32 => Bits<int>(operation),
            PtxType.U32 or PtxType.B32 => Bits<uint>(operation),
            PtxType.S64 => Bits<long>(operation),
            PtxType.U64 or PtxType.B64 => Bits<ulong>(operation),
            PtxType.F32 when operation == "add" => &AtomicExecutors.Run<float, Atomic<float>.Add>,
            PtxType.F64 when operation == "add" => &AtomicExecutors.Run<double, Atomic<double>.Add>,
            PtxType.F16 when operation == "add" => &AtomicExecutors.Run<Half, Atomic<Half>.Add>,
            _ => null,
        });
    }

    public static StateSpace Space(PtxInstruction source)
    {
        foreach (string part in source.Parts.AsSpan(1))
        {
            switch (part.Split("::")[0])
            {
                case "global" or "const":
                    return StateSpace.Global;
                case "shared":
                    return StateSpace.Shared;
                case "local":
                    return StateSpace.Local;
            }
        }
        return StateSpace.Generic;
    }

    private static Handler Bits<T>(string operation)
        where T : unmanaged, IBinaryInteger<T> => operation switch
        {
            "add" => &AtomicExecutors.Run<T, Atomic<T>.Add>,
            "min" => &AtomicExecutors.Run<T, Atomic<T>.Minimum>,
            "max" => &AtomicExecutors.Run<T, Atomic<T>.Maximum>,
            "exch" => &AtomicExecutors.Run<T, Atomic<T>.Exchange>,
            "cas" => &AtomicExecutors.Run<T, Atomic<T>.CompareAndSwap>,
            "inc" => &AtomicExecutors.Run<T, Atomic<T>.Increment>,
            "dec" => &AtomicExecutors.Run<T, Atomic<T>.Decrement>,
            "and" => &AtomicExecutors.Run<T, AtomicBits<T>.And>,
            "or" => &AtomicExecutors.Run<T, AtomicBits<T>.Or>,
            _ => &AtomicExecutors.Run<T, AtomicBits<T>.Xor>,
        };

    // Element size and the registers (or, of a store, the constants) of one element or a vector of them.
    private static void SetVector(Operands operands, ref Instruction code, string text, bool isStore)
    {
        PtxInstruction source = operands.Source;
        PtxType type = source.Type;
        List<string> elements = PtxText.Elements(text);
        int vector = source.FirstOf("v2", "v4", "v8") is { } suffix ? suffix[1] - '0' : 1;
        if (type is PtxType.None or PtxType.Pred || elements.Count != vector) throw source.Error("unknown instruction");
        code.ElementBytes = (byte)type.Size();
        code.RegisterBytes = code.ElementBytes;
        code.SignExtend = type.IsSigned();
        code.ListLength = elements.Count;
        List<int> slots = [];
        foreach (string element in elements)
        {
            if (isStore && !element.StartsWith('%'))
            {
                slots.Add(operands.Read(element, type));
                code.RegisterBytes = (byte)(type.Size() == 8 ? 8 : 4);
                continue;
            }
            (int slot, int bytes) = operands.AnyRegister(element);
            if (bytes < type.Size()) throw source.Error($"{element} is too narrow");
            if (element != "_") code.RegisterBytes = (byte)bytes;
            slots.Add(slot);
        }
        code.List = operands.List(slots);
    }

    private static void ParameterAddress(Operands operands, ref Instruction code, int operand)
    {
        (string name, int offset) = operands.Parameter(operand);
        (code.Space, int start) = operands.ParameterPlace(name);
        code.Immediate = start + offset;
        code.WideAddress = true;
    }
}
