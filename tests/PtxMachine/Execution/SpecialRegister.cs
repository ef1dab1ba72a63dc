namespace DoRA.PtxMachine.Execution;

/// <summary>Special registers by name and the values of a warp's 32 lanes.</summary>
internal static class SpecialRegister
{
    private static readonly string[] Names =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y",
        "%nctaid.z", "%laneid", "%warpid", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
        "%dynamic_smem_size", "%smid", "%clock", "%clock64", "%globaltimer", "%gridid",
    ];

    /// <summary>The number of a special register, or -1.</summary>
    public static int Find(string name) => Array.IndexOf(Names, name);

    public static bool IsWide(int register) => Names[register] is "%clock64" or "%globaltimer" or "%gridid";

    /// <summary>The register's value in one thread. Clocks stand still: a kernel's result must not depend on them.</summary>
    /// <param name="register">Number of the register.</param>
    /// <param name="shape">Grid, group and dynamic shared memory of the launch.</param>
    /// <param name="groupIndex">Linear index of the group.</param>
    /// <param name="thread">Linear index of the thread in its group.</param>
    public static uint Value(int register, LaunchShape shape, int groupIndex, int thread)
    {
        int lane = thread & 31;
        (int groupX, int groupY) = (shape.Group.X, shape.Group.Y);
        (int gridX, int gridY) = (shape.Grid.X, shape.Grid.Y);
        return Names[register] switch
        {
            "%tid.x" => (uint)(thread % groupX),
            "%tid.y" => (uint)(thread / groupX % groupY),
            "%tid.z" => (uint)(thread / groupX / groupY),
            "%ntid.x" => (uint)groupX,
            "%ntid.y" => (uint)groupY,
            "%ntid.z" => (uint)shape.Group.Z,
            "%ctaid.x" => (uint)(groupIndex % gridX),
            "%ctaid.y" => (uint)(groupIndex / gridX % gridY),
            "%ctaid.z" => (uint)(groupIndex / gridX / gridY),
            "%nctaid.x" => (uint)gridX,
            "%nctaid.y" => (uint)gridY,
            "%nctaid.z" => (uint)shape.Grid.Z,
            "%laneid" => (uint)lane,
            "%warpid" => (uint)(thread >> 5),
            "%nwarpid" => (uint)((shape.Threads + 31) / 32),
            "%lanemask_eq" => 1u << lane,
            "%lanemask_lt" => (1u << lane) - 1,
            "%lanemask_le" => (2u << lane) - 1,
            "%lanemask_gt" => ~((2u << lane) - 1),
            "%lanemask_ge" => ~((1u << lane) - 1),
            "%dynamic_smem_size" => (uint)shape.DynamicSharedBytes,
            "%smid" => (uint)(groupIndex % 132),
            _ => 0,
        };
    }
}
