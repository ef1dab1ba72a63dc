namespace DoRA.PtxMachine.Checks;

/// <summary>What can be wrong with a kernel.</summary>
public enum FindingKind
{
    UninitialisedRegister, UninitialisedGlobalRead, UninitialisedSharedRead, UninitialisedLocalRead, OutOfBounds, Misaligned,
        MixedAddressSpaces,
    SharedRace, GlobalRace, ConflictingWrites, AsyncCopyNotAwaited, PartialWarp, BarrierNotReached, InactiveShuffleSource,
        OutsideMemberMask, DivergentUniformBranch,
    ProductNotAwaited, WarpgroupFenceMissing, ProxyFenceMissing, PartialWarpgroup,
    UnroundedTensorFloat, Trap, Endless,
}

/// <summary>Something a card would have hidden, at its first place: the lowest group and thread.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Kernel">Name of the kernel in the module.</param>
/// <param name="Method">The function in whose text the line stands: the kernel or a method that ILGPU did not inline.</param>
/// <param name="Group">Linear index of the group.</param>
/// <param name="Thread">Linear index of the thread in its group.</param>
/// <param name="Line">Line of the PTX text.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Detail">Addresses, names, other threads.</param>
/// <param name="Count">How often it was seen at this line.</param>
public sealed record Finding(FindingKind Kind, string Kernel, string Method, int Group, int Thread, int Line, string Text, string Detail,
    long Count)
{
    public override string ToString() =>
        $"{Kind} x{Count}: {Kernel} ({Method}) group {Group} thread {Thread}, "
            + $"PTX line {Line} `{Text}`{(Detail.Length > 0 ? ": " + Detail : "")}";
}
