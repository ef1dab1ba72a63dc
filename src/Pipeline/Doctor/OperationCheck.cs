using DoRA.Kernels;

namespace DoRA.Pipeline.Doctor;

/// <summary>What a check does on one device, and where the result of its first run lies; later runs are only timed.</summary>
internal readonly record struct CheckWork(Action Run, DeviceSpan Result);

/// <summary>One operation's kernel at a shape of real training.</summary>
/// <param name="Name">Operation and direction: <c>linear/forward+gelu</c>.</param>
/// <param name="Shape">Sizes, as a person reads them.</param>
/// <param name="Prepare">Puts inputs into a device's memory.</param>
internal sealed record OperationCheck(string Name, string Shape, Func<CheckMemory, CheckWork> Prepare)
{
    /// <summary>Floating-point operations that the mathematics needs; 0 where bytes are the measure.</summary>
    public double Flops { get; init; }

    /// <summary>Activations that must be read or written.</summary>
    public double Activations { get; init; }

    /// <summary>Numbers of four bytes that must be read or written.</summary>
    public double Words { get; init; }

    /// <summary>
    /// An element of the result, computed in double from the formula alone; absent where an operation is a long chain of pixels, which is checked between
    /// engines only.
    /// </summary>
    public Func<int, double>? Truth { get; init; }

    /// <summary>True where a second run would start from what the first left.</summary>
    public bool ChangesInputs { get; init; }

    /// <summary>All operations, in the order of a training step.</summary>
    public static IReadOnlyList<OperationCheck> All { get; } =
    [
        .. PictureChecks.All, .. ProductChecks.All, .. AttentionChecks.All, .. RowChecks.All, .. TrackerChecks.All, .. UpdateChecks.All,
    ];

    /// <summary>Bytes that must be moved where an activation has so many.</summary>
    public double Bytes(int activationBytes) => (Activations * activationBytes) + (4 * Words);
}
