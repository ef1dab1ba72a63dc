namespace DoRA.Perf.Cuda;

/// <summary>What the peer's script is asked for beside an operation, at the same sizes.</summary>
internal static class Peers
{
    public static string? Of(string operation) => operation switch
    {
        "patch embedding/forward" => "gemm --m 1568 --n 384 --k 768",
        "patch embedding/weight gradient" => "gemm --m 384 --n 768 --k 1568",
        "linear/forward+gelu" => "gemm --m 1576 --n 1536 --k 384",
        "linear/input gradient" => "gemm --m 1576 --n 384 --k 1536",
        "linear/weight gradient" => "gemm --m 1536 --n 384 --k 1576",
        "attention/forward" => "attention --batch 8 --heads 6 --tokens 197 --head-dim 64",
        "layer norm/forward" => "layernorm --rows 12608 --width 384",
        "Sinkhorn-Knopp" => "sinkhorn --batch 8 --tokens 196 --objects 3",
        "AdamW, clip, EMA" => "adamw --parameters 443520",
        _ => null,
    };
}
