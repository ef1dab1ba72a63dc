namespace DoRA.PtxMachine.Execution;

/// <summary>Special registers by name, and their values in a warp.</summary>
internal static unsafe class SpecialRegister
{
    private static readonly string[] Names =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y",
        "%nctaid.z", "%laneid", "%warpid", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
        "%dynamic_smem_size", "%smid", "%clock", "%clock64", "%globaltimer", "%gridid",
    ];

    private const int ThreadX = 0, ThreadY = 1, ThreadZ = 2, Lane = 12, MaskEqual = 15, MaskGreaterOrEqual = 19, FirstWide = 23;

    /// <summary>The number of a special register, or -1.</summary>
    public static int Find(string name) => Array.IndexOf(Names, name);

    public static bool IsWide(int register) => register >= FirstWide;

    /// <summary>
    /// Sets a special register in all lanes of a warp. Clocks stand still: a kernel's result must not depend on them.
    /// </summary>
    /// <param name="register">Number of the register.</param>
    /// <param name="shape">Grid, group and dynamic shared memory of the launch.</param>
    /// <param name="groupIndex">Linear index of the group.</param>
    /// <param name="warp">Number of the warp in its group.</param>
    /// <param name="lanes">The register's lanes.</param>
    public static void Fill(int register, LaunchShape shape, int groupIndex, int warp, uint* lanes)
    {
        if (IsWide(register))
        {
            new Span<ulong>(lanes, 32).Clear();
        }
        else if (register is <= ThreadZ or Lane or (>= MaskEqual and <= MaskGreaterOrEqual))
        {
            for (int lane = 0; lane < 32; lane++) lanes[lane] = OfLane(register, shape.Group, warp * 32 + lane, lane);
        }
        else
        {
            new Span<uint>(lanes, 32).Fill((uint)OfGroup(register, shape, groupIndex, warp));
        }
    }

    private static uint OfLane(int register, Extents group, int thread, int lane) => register switch
    {
        ThreadX => (uint)(group.X == group.Count ? thread : thread % group.X),
        ThreadY => (uint)(thread / group.X % group.Y),
        ThreadZ => (uint)(thread / group.X / group.Y),
        Lane => (uint)lane,
        MaskEqual => 1u << lane,
        MaskEqual + 1 => (1u << lane) - 1,
        MaskEqual + 2 => (2u << lane) - 1,
        MaskEqual + 3 => ~((2u << lane) - 1),
        _ => ~((1u << lane) - 1),
    };

    private static int OfGroup(int register, LaunchShape shape, int groupIndex, int warp) => Names[register] switch
    {
        "%ntid.x" => shape.Group.X,
        "%ntid.y" => shape.Group.Y,
        "%ntid.z" => shape.Group.Z,
        "%ctaid.x" => groupIndex % shape.Grid.X,
        "%ctaid.y" => groupIndex / shape.Grid.X % shape.Grid.Y,
        "%ctaid.z" => groupIndex / shape.Grid.X / shape.Grid.Y,
        "%nctaid.x" => shape.Grid.X,
        "%nctaid.y" => shape.Grid.Y,
        "%nctaid.z" => shape.Grid.Z,
        "%warpid" => warp,
        "%nwarpid" => shape.Warps,
        "%dynamic_smem_size" => shape.DynamicSharedBytes,
        "%smid" => groupIndex % 132,
        _ => 0,
    };
}
