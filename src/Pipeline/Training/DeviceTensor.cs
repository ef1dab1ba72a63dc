using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Training;

/// <summary>A tensor of a run's state as a file takes it: copied from the device in pieces while it is written.</summary>
internal sealed class DeviceTensor(Device device, StateTensor tensor) : TensorContent(StoredType.Float32, tensor.Shape)
{
    private const int Piece = 1 << 20;

    public override void WriteTo(Stream stream)
    {
        float[] values = new float[Math.Min(Piece, Count)];
        for (long start = 0; start < Count; start += Piece)
        {
            Span<float> piece = values.AsSpan(0, (int)Math.Min(Piece, Count - start));
            device.Download(piece, tensor.Data.Slice(start, piece.Length));
            stream.Write(MemoryMarshal.AsBytes(piece));
        }
    }
}
