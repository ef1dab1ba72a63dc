using DoRA.Kernels;

namespace DoRA.Autograd.Ops;

/// <summary>Rows under rows: tensors [rowsᵢ, width] to one of [Σ rowsᵢ, width].</summary>
public sealed class ConcatenateOp : Op
{
    private ConcatenateOp(Tape tape, ReadOnlySpan<Tensor> parts) : base(tape) => Parts = parts.ToArray();

    public IReadOnlyList<Tensor> Parts { get; }

    public static Tensor Forward(Tape tape, params ReadOnlySpan<Tensor> parts)
    {
        ConcatenateOp op = new(tape, parts);
        int rows = op.Parts.Sum(part => part.Rows), width = parts[0].Width;
        Tensor output = new(tape.Rent((long)rows * width), [rows, width], false);
        foreach ((Tensor part, DeviceSpan share) in op.Shares(output.Data))
        {
            tape.Device.Copy(share, part.Data);
        }

        return op.Complete(output, parts);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        foreach ((Tensor part, DeviceSpan share) in Shares(Output.Gradient))
        {
            if (part.RequiresGradient)
            {
                ClaimFirst(part);
                Tape.Device.Copy(part.Gradient, share);
            }
        }
    }

    private IEnumerable<(Tensor Part, DeviceSpan Share)> Shares(DeviceSpan whole)
    {
        long start = 0;
        foreach (Tensor part in Parts)
        {
            yield return (part, whole.Slice(start, part.Length));
            start += part.Length;
        }
    }
}
