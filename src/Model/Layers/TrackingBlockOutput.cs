using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Model.Layers;

/// <summary>What the teacher's last block is asked for.</summary>
/// <param name="Cls">[clips · frames, d]: every frame's CLS token.</param>
/// <param name="KeyValue">[clips · frames, tokens, 2d]: keys and values of every frame.</param>
/// <param name="Query">[clips, tokens, d]: frame 0's queries.</param>
/// <param name="ClsAttention">[clips, heads, tokens]: frame 0's CLS attention.</param>
/// <param name="FirstFrames">[clips, tokens, d]: frame 0's output.</param>
internal readonly record struct TrackingBlockOutput(Tensor Cls, Tensor KeyValue, Tensor Query, DeviceSpan ClsAttention, Tensor FirstFrames);
