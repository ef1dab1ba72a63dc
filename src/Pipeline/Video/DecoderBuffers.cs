using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Lets a decoder put its pictures straight into a pool's memory, where <see cref="VideoFrame"/>s show them without a copy. It does so where pictures
/// are shown as they are decoded; where they are converted or scaled, and for decoders that bring memory of their own, FFmpeg allocates as ever.
/// Must outlive the decoder; what was decoded outlives both.
/// </summary>
/// <param name="pool">Gives the memory.</param>
/// <param name="shortSide">Shorter side in pixels to which larger pictures are scaled: their decoder needs none of the pool's memory.</param>
internal sealed unsafe class DecoderBuffers(FramePool pool, int shortSide) : IDisposable
{
    private GCHandle _self;
    private volatile DecodedPlanes? _planes;

    /// <summary>Before the decoder is opened.</summary>
    public void Serve(AVCodecContext* codec, AVCodec* decoder)
    {
        if ((decoder->capabilities & ffmpeg.AV_CODEC_CAP_DR1) == 0)
            return;
        _self = GCHandle.Alloc(this);
        codec->opaque = (void*)GCHandle.ToIntPtr(_self);
        codec->get_buffer2 = new() { Pointer = (nint)(delegate* unmanaged[Cdecl]<AVCodecContext*, AVFrame*, int, int>)&GetBuffer };
        ThreadSafeCallbacks.Promise(codec);
    }

    /// <summary>After the decoder was freed.</summary>
    public void Dispose()
    {
        if (_self.IsAllocated)
            _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetBuffer(AVCodecContext* codec, AVFrame* frame, int flags)
    {
        try
        {
            if (GCHandle.FromIntPtr((nint)codec->opaque).Target is DecoderBuffers buffers && buffers.TryGive(codec, frame))
                return 0;
        }
        catch (Exception)
        {
            // FFmpeg's threads cannot take it. FFmpeg's own memory serves; what the pool lacks is said when the picture is copied into it.
        }
        return ffmpeg.avcodec_default_get_buffer2(codec, frame, flags);
    }

    /// <summary>False where the picture is to lie in memory of FFmpeg's. Threads call it side by side.</summary>
    private bool TryGive(AVCodecContext* codec, AVFrame* frame)
    {
        if (Math.Min(frame->width, frame->height) > shortSide || ToneMapper.IsNeededFor(frame->color_trc))
            return false;
        DecodedPlanes planes = DecodedPlanes.Of(codec, frame, _planes);
        _planes = planes;
        AVBufferRef* reference = planes.Bytes > 0 ? DecodedBlock.Rent(pool, planes) : null;
        if (reference == null)
            return false;
        frame->buf[0] = reference;
        planes.Assign(frame, reference->data);
        return true;
    }
}
