using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>Attention on the CPU, at one vector width.</summary>
internal static class CpuAttention
{
    public static AttentionKernels Create(CpuThreads threads, VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => new CpuAttention<Lanes512, Vector512<float>>(threads),
        VectorWidth.Bits256 => new CpuAttention<Lanes256, Vector256<float>>(threads),
        _ => new CpuAttention<Lanes128, Vector128<float>>(threads),
    };
}

/// <summary>One part of the work is one head of one image; it runs through blocks of queries, whose scores stay in the cache.</summary>
internal sealed unsafe class CpuAttention<L, V>(CpuThreads threads) : AttentionKernels
    where L : ILanes<V>
    where V : struct
{
    public override void Forward(DeviceSpan output, DeviceSpan logSumExp, DeviceSpan clsAttention, RowSpan query, RowSpan key, RowSpan value, AttentionSize size)
    {
        if (size.Queries == 1)
        {
            threads.Run(new SingleQueryForward<L, V>
            {
                Size = size,
                Output = output.Floats(),
                LogSumExp = logSumExp.Floats(),
                ClsAttention = clsAttention.FloatsOrNull(),
                Query = new(query),
                Key = new(key),
                Value = new(value),
                Scratch = threads.Scratch(threads.Count * SingleQueryForward<L, V>.Floats(size)),
            });
            return;
        }

        AttentionLayout<L, V> layout = new(size);
        threads.Run(new AttentionForward<L, V>
        {
            Size = size,
            Layout = layout,
            Output = output.Floats(),
            LogSumExp = logSumExp.Floats(),
            ClsAttention = clsAttention.FloatsOrNull(),
            Query = new(query),
            Key = new(key),
            Value = new(value),
            Scratch = threads.Scratch(threads.Count * layout.ForwardFloats),
        });
    }

    public override void Backward(
        RowSpan dQuery, RowSpan dKey, RowSpan dValue, DeviceSpan dOutput, DeviceSpan output, DeviceSpan logSumExp,
        RowSpan query, RowSpan key, RowSpan value, AttentionSize size)
    {
        HeadRows dOutputRows = new(new RowSpan(dOutput, size.Width)), outputRows = new(new RowSpan(output, size.Width));
        if (size.Queries == 1)
        {
            threads.Run(new SingleQueryBackward<L, V>
            {
                Size = size,
                DQuery = new(dQuery),
                DKey = new(dKey),
                DValue = new(dValue),
                DOutput = dOutputRows,
                Output = outputRows,
                LogSumExp = logSumExp.Floats(),
                Query = new(query),
                Key = new(key),
                Value = new(value),
            });
            return;
        }

        AttentionLayout<L, V> layout = new(size);
        threads.Run(new AttentionBackward<L, V>
        {
            Size = size,
            Layout = layout,
            DQuery = new(dQuery),
            DKey = new(dKey),
            DValue = new(dValue),
            DOutput = dOutputRows,
            Output = outputRows,
            LogSumExp = logSumExp.Floats(),
            Query = new(query),
            Key = new(key),
            Value = new(value),
            Scratch = threads.Scratch(threads.Count * layout.BackwardFloats),
        });
    }
}
