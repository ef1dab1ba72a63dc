using System.Numerics;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Instructions in which lanes of a warp speak to each other.</summary>
internal static unsafe class WarpExecutors
{
    /// <summary>Modes of a shuffle.</summary>
    public const int Up = 0, Down = 1, Butterfly = 2, Index = 3;

    /// <summary>Modes of a vote.</summary>
    public const int All = 0, Any = 1, Uniform = 2, Ballot = 3, Negated = 4;

    /// <summary>shfl.sync: A is the value, B the distance or lane, C the clamp and segment mask, a list holds the member mask.</summary>
    public static void Shuffle(Warp warp, Instruction* i, uint mask)
    {
        uint* value = warp.Lanes<uint>(i->A), distance = warp.Lanes<uint>(i->B), bounds = warp.Lanes<uint>(i->C), d = warp.Lanes<uint>(i->D);
        CheckMembers(warp, i, mask, warp.Program.Lists[i->List]);
        uint* result = stackalloc uint[32];
        uint inRange = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            int b = (int)(distance[lane] & 31), clamp = (int)(bounds[lane] & 31), segment = (int)(bounds[lane] >> 8 & 31);
            int low = lane & segment, high = low | (clamp & ~segment);
            int source = i->Mode switch
            {
                Up => lane - b,
                Down => lane + b,
                Butterfly => lane ^ b,
                _ => low | (b & ~segment),
            };
            bool inside = i->Mode == Up ? source >= high : source <= high;
            if (!inside) source = lane;
            if (inside) inRange |= 1u << lane;
            if ((mask >> source & 1) == 0 && warp.Options.Checks) warp.Report(FindingKind.InactiveShuffleSource, i, lane, $"reads lane {source}, active are {mask:x8}");
            result[lane] = value[source];
        }
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            d[lane] = result[lane];
        }
        if (i->E == Instruction.Scratch) return;
        PredicateExecutors.Set(ref warp.Predicate(i->E), inRange, mask);
        warp.Initialised[i->E] |= mask;
    }

    /// <summary>vote.sync to a predicate, or as a ballot to a register. A is the predicate.</summary>
    public static void Vote(Warp warp, Instruction* i, uint mask)
    {
        CheckMembers(warp, i, mask, i->B);
        uint votes = (warp.Predicate(i->A) ^ ((i->Mode & Negated) != 0 ? uint.MaxValue : 0)) & mask;
        int kind = i->Mode & ~Negated;
        if (kind == Ballot)
        {
            Fill(warp, i->D, votes, mask);
            return;
        }
        bool result = kind switch
        {
            All => votes == mask,
            Any => votes != 0,
            _ => votes == mask || votes == 0,
        };
        PredicateExecutors.Set(ref warp.Predicate(i->D), result ? uint.MaxValue : 0, mask);
    }

    public static void ActiveMask(Warp warp, Instruction* i, uint mask) => Fill(warp, i->D, mask, mask);

    /// <summary>match.any: the lanes that hold the same value.</summary>
    public static void MatchAny(Warp warp, Instruction* i, uint mask)
    {
        CheckMembers(warp, i, mask, i->B);
        uint* a = warp.Lanes<uint>(i->A), d = warp.Lanes<uint>(i->D);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint same = 0;
            for (uint others = mask; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (a[other] == a[lane]) same |= 1u << other;
            }
            d[lane] = same;
        }
    }

    /// <summary>redux.sync: one operation over all lanes.</summary>
    public static void Reduce<T, TOperation>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TOperation : struct, IAtomic<T>
    {
        CheckMembers(warp, i, mask, i->B);
        T* a = warp.Lanes<T>(i->A), d = warp.Lanes<T>(i->D);
        T result = a[BitOperations.TrailingZeroCount(mask)];
        for (uint rest = mask & (mask - 1); rest != 0; rest &= rest - 1) result = TOperation.Apply(result, a[BitOperations.TrailingZeroCount(rest)], default);
        for (uint rest = mask; rest != 0; rest &= rest - 1) d[BitOperations.TrailingZeroCount(rest)] = result;
    }

    /// <summary>bar.warp.sync: accesses of the warp's lanes before it are ordered before those behind it.</summary>
    public static void Synchronise(Warp warp, Instruction* i, uint mask)
    {
        CheckMembers(warp, i, mask, i->A);
        warp.Group.Clocks.Advance(warp.Index);
    }

    public static void Trap(Warp warp, Instruction* i, uint mask) => warp.Report(FindingKind.Trap, i, BitOperations.TrailingZeroCount(mask));

    public static void Nothing(Warp warp, Instruction* i, uint mask)
    {
    }

    private static void Fill(Warp warp, int slot, uint value, uint mask)
    {
        uint* d = warp.Lanes<uint>(slot);
        for (; mask != 0; mask &= mask - 1) d[BitOperations.TrailingZeroCount(mask)] = value;
    }

    // Every executing lane must be a member; members that live but do not come would be waited for, or be undefined.
    private static void CheckMembers(Warp warp, Instruction* i, uint mask, int memberSlot)
    {
        if (!warp.Options.Checks) return;
        warp.RequireInitialised(i, memberSlot, mask);
        uint* members = warp.Lanes<uint>(memberSlot);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if ((members[lane] >> lane & 1) == 0) warp.Report(FindingKind.OutsideMemberMask, i, lane, $"member mask {members[lane]:x8}");
            uint missing = members[lane] & warp.Alive & ~mask;
            if (missing == 0) continue;
            warp.Report(FindingKind.PartialWarp, i, lane, $"members {missing:x8} are not here, active are {mask:x8}");
            return;
        }
    }
}
