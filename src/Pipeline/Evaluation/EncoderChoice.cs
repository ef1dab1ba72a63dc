namespace DoRA.Pipeline.Evaluation;

/// <summary>Which network of a run.</summary>
public enum EncoderNetwork
{
    /// <summary>The average that training ends with; what is evaluated unless told otherwise.</summary>
    Teacher,
    Student,
}

/// <summary>Which encoder to evaluate.</summary>
/// <param name="Path">A run's folder, a checkpoint, or weights as safetensors or of PyTorch.</param>
/// <param name="Network">Which network, where the file holds two.</param>
/// <param name="IsUntrained">The same architecture with the first weights of the run's seed, to compare with.</param>
/// <param name="Heads">Attention heads, for weights that do not say; 0 takes one for every 64 of the width.</param>
public sealed record EncoderChoice(string Path, EncoderNetwork Network = EncoderNetwork.Teacher, bool IsUntrained = false, int Heads = 0);
