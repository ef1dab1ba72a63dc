namespace DoRA.Perf.Cuda;

/// <summary>What a run of <c>cuda</c> came to; the file in perf/results.</summary>
/// <param name="Peak">The card's rates of the maker's data sheet; null for a card that is not known.</param>
/// <param name="CopyBytesPerSecond">Of the engine's own copy kernel, read and written.</param>
/// <param name="MachineErrors">The PTX machine's training step against the card's: relative errors by tensor.</param>
internal sealed record CudaResults(
    string Device, PtxMachine.Counting.Card? Peak, double CopyBytesPerSecond, IReadOnlyList<CudaRow> Operations,
    IReadOnlyDictionary<string, double> MachineErrors, IReadOnlyList<CudaStep> Steps)
{
    public bool IsRight => Operations.All(row => row.IsRight) && MachineErrors.Values.All(error => error <= MachineComparison.Tolerance);
}

/// <param name="Share">Of the card's bf16 tensor rate, or of the copy rate, whichever floor is higher; null where the card is not known.</param>
/// <param name="DifferentRuns">Runs of the race hunt that gave other bits than the first.</param>
/// <param name="Peer">Seconds of PyTorch's fastest call.</param>
internal sealed record CudaRow(
    string Operation, string Shape, double Error, bool IsRight, double Seconds, double? FlopsPerSecond, double BytesPerSecond, double? Share, int DifferentRuns, double? Peer);

/// <param name="Queued">Seconds that the host takes to queue a step. The card waits for the host where they are most of <paramref name="Seconds"/>.</param>
/// <param name="Flops">As usually counted, of a step.</param>
internal sealed record CudaStep(string Name, double Seconds, double Queued, double Flops, double? Peer);
