using DoRA.Kernels;

namespace DoRA.Autograd;

/// <summary>
/// The one seam between processes that train together: what stands between the walk back and the optimiser. Everything else that
/// depends on it asks for <see cref="Rank"/> and <see cref="Size"/>.
/// </summary>
public abstract class Communicator
{
    /// <summary>A single process: there is nothing to average.</summary>
    public static Communicator Alone { get; } = new LoneCommunicator();

    /// <summary>This process's number, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>Number of processes.</summary>
    public abstract int Size { get; }

    /// <summary>
    /// Replaces float32 memory by its mean over all processes: all gradients at once, and the teacher's mean that the center follows.
    /// </summary>
    public abstract void Average(DeviceSpan span);

    private sealed class LoneCommunicator : Communicator
    {
        public override int Rank => 0;

        public override int Size => 1;

        public override void Average(DeviceSpan span) { }
    }
}
