using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// A pool's memory in the hands of a decoder. FFmpeg counts who refers to it, the decoder for later pictures and each <see cref="VideoFrame"/> that
/// shows it; after the last it goes back to the pool, on whatever thread that happens.
/// </summary>
internal sealed unsafe class DecodedBlock
{
    // By address, which is what FFmpeg knows of them. No two that live have the same.
    private static readonly ConcurrentDictionary<nint, DecodedBlock> Live = new();
    private readonly DecodedPlanes _planes;

    private DecodedBlock(FramePool pool, HostBuffer memory, DecodedPlanes planes) => (Pool, Memory, _planes) = (pool, memory, planes);

    public FramePool Pool { get; }

    public HostBuffer Memory { get; }

    /// <summary>Takes memory from a pool and makes FFmpeg's first reference to it; null where FFmpeg has no memory for that.</summary>
    /// <exception cref="UserException">The machine has no memory left for the frame.</exception>
    public static AVBufferRef* Rent(FramePool pool, DecodedPlanes planes)
    {
        HostBuffer memory = pool.RentBlock(planes.Bytes);
        byte* data = (byte*)memory.Pointer;
        Live[memory.Pointer] = new(pool, memory, planes);
        av_buffer_create_free_func free = new() { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, byte*, void>)&Free };
        AVBufferRef* reference = ffmpeg.av_buffer_create(data, (ulong)planes.Bytes, free, null, 0);
        if (reference == null)
            Release(data);
        return reference;
    }

    /// <summary>The block that holds all of a frame's planes; null where the decoder took memory of its own.</summary>
    public static DecodedBlock? Of(AVFrame* frame) =>
        frame->buf[0] != null && frame->buf[1] == null && Live.TryGetValue((nint)frame->buf[0]->data, out DecodedBlock? block) ? block : null;

    /// <summary>A format that says where the frame's planes lie here; null where the decoder did not put them as a <see cref="FrameFormat"/> has them.</summary>
    /// <param name="frame">This block's; its picture may be a part of what was decoded.</param>
    /// <param name="format">Size and samples.</param>
    public FrameFormat? Lay(AVFrame* frame, FrameFormat format)
    {
        bool isGray = _planes.Neutral is not null;
        if (frame->format != _planes.Format || (!isGray && frame->linesize[1] != frame->linesize[2]))
            return null;
        FrameFormat laid = format with
        {
            Layout = new(
                Offset(0), isGray ? _planes.Offset(1) : Offset(1), isGray ? _planes.Offset(2) : Offset(2),
                frame->linesize[0], isGray ? _planes.Stride(1) : frame->linesize[1]),
        };
        long bytes = Memory.Bytes;
        return laid.Plane(0).FitsIn(bytes) && laid.Plane(1).FitsIn(bytes) && laid.Plane(2).FitsIn(bytes) ? laid : null;

        long Offset(uint plane) => frame->data[plane] - (byte*)Memory.Pointer;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* opaque, byte* data) => Release(data);

    private static void Release(byte* data)
    {
        try
        {
            if (Live.TryRemove((nint)data, out DecodedBlock? block))
                block.Pool.Return(block.Memory);
        }
        catch (Exception)
        {
            // FFmpeg's threads cannot take it, and there is nobody to tell: the memory is its finalizer's.
        }
    }
}
